// A kept reply as a stream (`GET /v1/responses/{id}?stream=true`): the events that lead to it, every text in one piece.
import { entry } from "../../lib/entry.ts";
import {
  asArray,
  asRecord,
  asString,
  parseJson,
  printJson,
  raw,
  spelt,
  type JsonDocument,
  type JsonRecord,
  type JsonText,
  type Printable,
} from "../../lib/json.ts";
import type { Frame } from "../../wire/frame.ts";

/** An event without its number. */
type Step = { readonly type: string } & Readonly<Record<string, Printable>>;

/** Names of the events that end a stream and hold the whole reply. */
const TERMINAL: ReadonlySet<string> = new Set([
  "response.completed",
  "response.incomplete",
  "response.failed",
]);

/** The complete reply, if a frame of a stream holds it. */
export function finished(frame: Frame): JsonText | undefined {
  if (frame.kind !== "sse" || !/"response\.(?:completed|incomplete|failed)"/.test(frame.data)) {
    return undefined;
  }
  const document = parseJson(frame.data);
  const root = document.ok ? asRecord(document.value.root) : undefined;
  const response = asRecord(root?.["response"]);
  const isLast = TERMINAL.has(asString(root?.["type"]) ?? "");
  return document.ok && isLast && response !== undefined
    ? document.value.textOf(response)
    : undefined;
}

/** The frames of a kept reply whose numbers are larger than `after`. */
export function restream(document: JsonDocument, after: number): readonly Frame[] {
  const root = asRecord(document.root) ?? {};
  const members = Object.fromEntries(spelt(document, root));
  const begun = { ...members, status: "in_progress", output: [], usage: null };
  const output = asArray(root["output"]) ?? [];
  const status = asString(root["status"]);
  const end = status === "incomplete" || status === "failed" ? status : "completed";
  const steps: readonly Step[] = [
    { type: "response.created", response: begun },
    { type: "response.in_progress", response: begun },
    ...output.flatMap((item, index) => itemSteps(document, asRecord(item) ?? {}, index)),
    { type: `response.${end}`, response: members },
  ];
  return steps
    .map(({ type, ...rest }, number): Frame => ({
      kind: "sse",
      event: type,
      data: printJson({ type, sequence_number: number, ...rest }),
    }))
    .slice(Math.max(after + 1, 0));
}

function itemSteps(document: JsonDocument, item: JsonRecord, index: number): readonly Step[] {
  const place = { output_index: index };
  const members = Object.fromEntries(spelt(document, item));
  const type = asString(item["type"]) ?? "";
  const whole = raw(document.textOf(item));
  const emptied = entry(EMPTIED, type) ?? {};
  const at = { item_id: asString(item["id"]) ?? "", ...place };
  return [
    { type: "response.output_item.added", ...place, item: { ...members, ...emptied } },
    ...contentSteps(document, item, type, at),
    { type: "response.output_item.done", ...place, item: whole },
  ];
}

/** Members that fill up while an item is streamed, as they begin. */
const EMPTIED: Readonly<Record<string, Readonly<Record<string, Printable>>>> = {
  message: { status: "in_progress", content: [] },
  reasoning: { summary: [] },
  function_call: { status: "in_progress", arguments: "" },
  custom_tool_call: { input: "" },
};

type Place = { readonly item_id: string; readonly output_index: number };

function contentSteps(
  document: JsonDocument,
  item: JsonRecord,
  type: string,
  at: Place,
): readonly Step[] {
  switch (type) {
    case "message":
      return (asArray(item["content"]) ?? []).flatMap((part, index) =>
        partSteps(document, asRecord(part) ?? {}, { ...at, content_index: index }),
      );
    case "reasoning":
      return (asArray(item["summary"]) ?? []).flatMap((part, index) =>
        summarySteps(document, asRecord(part) ?? {}, { ...at, summary_index: index }),
      );
    case "function_call": {
      const text = asString(item["arguments"]) ?? "";
      const name = asString(item["name"]) ?? "";
      return [
        { type: "response.function_call_arguments.delta", ...at, delta: text },
        { type: "response.function_call_arguments.done", ...at, name, arguments: text },
      ];
    }
    case "custom_tool_call": {
      const text = asString(item["input"]) ?? "";
      return [
        { type: "response.custom_tool_call_input.delta", ...at, delta: text },
        { type: "response.custom_tool_call_input.done", ...at, input: text },
      ];
    }
    default:
      return [];
  }
}

function partSteps(
  document: JsonDocument,
  part: JsonRecord,
  at: Place & { readonly content_index: number },
): readonly Step[] {
  const members = Object.fromEntries(spelt(document, part));
  const isRefusal = part["type"] === "refusal";
  const text = asString(part[isRefusal ? "refusal" : "text"]) ?? "";
  const empty = isRefusal ? { refusal: "" } : { text: "", annotations: [] };
  const word = isRefusal ? "response.refusal" : "response.output_text";
  const logprobs = isRefusal ? {} : { logprobs: [] };
  const annotations = (asArray(part["annotations"]) ?? []).map((annotation, index): Step => ({
    type: "response.output_text.annotation.added",
    ...at,
    annotation_index: index,
    annotation: raw(document.textOf(annotation)),
  }));
  const done = isRefusal ? { refusal: text } : { text };
  return [
    { type: "response.content_part.added", ...at, part: { ...members, ...empty } },
    { type: `${word}.delta`, ...at, delta: text, ...logprobs },
    ...annotations,
    { type: `${word}.done`, ...at, ...done, ...logprobs },
    { type: "response.content_part.done", ...at, part: members },
  ];
}

function summarySteps(
  document: JsonDocument,
  part: JsonRecord,
  at: Place & { readonly summary_index: number },
): readonly Step[] {
  const members = Object.fromEntries(spelt(document, part));
  const text = asString(part["text"]) ?? "";
  return [
    { type: "response.reasoning_summary_part.added", ...at, part: { ...members, text: "" } },
    { type: "response.reasoning_summary_text.delta", ...at, delta: text },
    { type: "response.reasoning_summary_text.done", ...at, text },
    { type: "response.reasoning_summary_part.done", ...at, part: members },
  ];
}
