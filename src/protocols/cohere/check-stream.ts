// The order of a streamed v2 chat reply (translation.md A.6 "Stream order", D.6).
import { asRecord, asString, member, type JsonRecord } from "../../lib/json.ts";
import { checkFrames, ON, OVER, stepFor, toldOf, type Step } from "../kit/check-frames.ts";
import {
  anything,
  count,
  filled,
  nullable,
  numberIn,
  record,
  tagged,
  text,
  word,
} from "../kit/shape.ts";
import type { Shape } from "../kit/shape.ts";
import type { StreamCheck } from "../protocol.ts";
import { call, callsFault, citation, finishReason, usage } from "./check-reply.ts";

const inMessage = (members: Readonly<Record<string, Shape>>): Shape =>
  record({ delta: record({ message: record(members) }) });
const indexed = record({ index: count });
const both =
  (...shapes: readonly Shape[]): Shape =>
  (value, path) =>
    shapes.reduce<string | undefined>((fault, shape) => fault ?? shape(value, path), undefined);

const SHAPES: Readonly<Record<string, Shape>> = {
  "message-start": both(record({ id: filled }), inMessage({ role: word("assistant") })),
  "tool-plan-delta": inMessage({ tool_plan: text }),
  "content-start": both(
    indexed,
    inMessage({
      content: tagged("type", { text: record({ text }), thinking: record({ thinking: text }) }),
    }),
  ),
  "content-delta": both(indexed, inMessage({ content: record({}, { text, thinking: text }) })),
  "content-end": indexed,
  "tool-call-start": both(indexed, inMessage({ tool_calls: call })),
  "tool-call-delta": both(
    indexed,
    inMessage({ tool_calls: record({ function: record({ arguments: text }) }) }),
  ),
  "tool-call-end": indexed,
  "citation-start": both(indexed, inMessage({ citations: citation })),
  "citation-end": indexed,
  "message-end": record({
    delta: record({ finish_reason: finishReason }, { usage: nullable(usage), error: anything }),
  }),
};

/** A series of blocks, numbered on its own, one open at a time. */
type Series = { next: number; isOpen: boolean };
type State = {
  started: boolean;
  readonly content: Series & { type: string };
  readonly "tool-call": Series;
  readonly citations: Set<unknown>;
};

/** Judges one streamed reply. */
export function checkStream(): StreamCheck {
  const state: State = {
    started: false,
    content: { next: 0, isOpen: false, type: "" },
    "tool-call": { next: 0, isOpen: false },
    citations: new Set(),
  };
  return checkFrames((frame) => {
    // The SDK ends the stream at any data that holds this word, also inside of a text.
    if (frame.kind === "sse" && frame.data.includes("[DONE]"))
      return { fault: "[DONE] in the data" };
    const told = toldOf(frame);
    if (!told.ok) return { fault: told.error };
    const { event, body } = told.value;
    const type = asString(member(body, "type")) ?? "";
    if (event !== type)
      return { fault: `the event ${event ?? "without a name"} has the type ${type}` };
    const shape = Object.hasOwn(SHAPES, type) ? SHAPES[type] : undefined;
    if (shape === undefined) return { fault: `an event of the unknown type ${type}` };
    const fault = shape(body, "");
    return fault === undefined ? judge(type, body, state) : { fault };
  });
}

function judge(type: string, body: JsonRecord, state: State): Step {
  if (type === "message-start") {
    const fault = state.started ? "a second message-start" : undefined;
    state.started = true;
    return stepFor(fault);
  }
  if (type === "message-end") return stepFor(finish(body, state), OVER);
  if (!state.started) return { fault: `${type} before message-start` };
  const index = numberIn(body, "index");
  switch (type) {
    case "content-start":
    case "tool-call-start":
      return stepFor(open(type, body, state));
    case "content-delta":
    case "content-end":
      return stepFor(within(type, body, state.content) ?? fits(type, body, state));
    case "tool-call-delta":
    case "tool-call-end":
      return stepFor(within(type, body, state["tool-call"]));
    case "citation-start":
      state.citations.add(index);
      return ON;
    case "citation-end":
      return state.citations.delete(index) ? ON : { fault: "the end of no citation" };
    default:
      return ON;
  }
}

function open(
  type: "content-start" | "tool-call-start",
  body: JsonRecord,
  state: State,
): string | undefined {
  const series = type === "content-start" ? state.content : state["tool-call"];
  if (state.content.isOpen || state["tool-call"].isOpen) return `${type} while a block is open`;
  const index = numberIn(body, "index");
  if (index !== series.next) return `${type} ${index}, expected ${series.next}`;
  series.next += 1;
  series.isOpen = true;
  if (type === "content-start") state.content.type = asString(contentOf(body)["type"]) ?? "";
  return undefined;
}

function contentOf(body: JsonRecord): JsonRecord {
  return asRecord(asRecord(asRecord(member(body, "delta"))?.["message"])?.["content"]) ?? {};
}

function within(type: string, body: JsonRecord, series: Series): string | undefined {
  const index = numberIn(body, "index");
  if (!series.isOpen) return `${type} outside of a block`;
  if (index !== series.next - 1) return `${type} ${index}, ${series.next - 1} is open`;
  series.isOpen = !type.endsWith("-end");
  return undefined;
}

/** A piece is of the kind of its block. */
function fits(type: string, body: JsonRecord, { content }: State): string | undefined {
  const has = member(contentOf(body), content.type) !== undefined;
  return type === "content-end" || has ? undefined : `no ${content.type} in its piece`;
}

function finish(body: JsonRecord, state: State): string | undefined {
  const reason = asString(asRecord(member(body, "delta"))?.["finish_reason"]);
  // A reply that failed may stop anywhere.
  if (reason === "ERROR" || reason === "TIMEOUT") return undefined;
  if (!state.started) return "message-end before message-start";
  if (state.content.isOpen || state["tool-call"].isOpen) return "message-end while a block is open";
  if (state.citations.size > 0) return "message-end while a citation is open";
  return callsFault(reason, state["tool-call"].next > 0);
}
