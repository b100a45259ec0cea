// `messages` to turns: one turn for each message, tool messages as user turns with one result (translation.md B.1, B.4).
import { compact, filled } from "../../lib/compact.ts";
import type { Json } from "../../lib/json.ts";
import type { Block } from "../../ir/block.ts";
import type { Residue, Role, Turn } from "../../ir/request.ts";
import { fieldsAt, type Fields } from "../kit/fields.ts";
import { wrongValue, type Notes } from "../kit/notes.ts";
import { withCitations } from "./citations.ts";
import { decodeContent, decodeResultContent } from "./request-decode-parts.ts";

/** Decodes all messages; what is wrong with them goes to the notes. */
export function decodeMessages(messages: readonly Json[], notes: Notes): readonly Turn[] {
  const turns: Turn[] = [];
  let place: Turn["place"] = "top";
  for (const [index, message] of messages.entries()) {
    const fields = fieldsAt(message, `/messages/${index}`, notes);
    const turn = fields === undefined ? undefined : decodeMessage(fields, notes);
    if (turn === undefined) continue;
    if (turn.role !== "system") place = "inline";
    else if (place === "inline") notes.use("R03", turn.path);
    else if (turns.length > 0) notes.use("R01", turn.path);
    turns.push({ ...turn, place: turn.role === "system" ? place : "inline" });
  }
  const last = turns.at(-1);
  if (last?.role === "assistant") notes.use("R41", last.path);
  return turns;
}

type Decoder = (message: Fields, notes: Notes) => Turn;

const DECODERS: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ["system", said("system")],
  ["user", said("user")],
  ["assistant", decodeAssistant],
  ["tool", decodeToolMessage],
]);

function decodeMessage(message: Fields, notes: Notes): Turn | undefined {
  const role = message.required("role");
  const decoder = DECODERS.get(role);
  if (decoder !== undefined) return decoder(message, notes);
  notes.reject(wrongValue(message.at("role"), role, [...DECODERS.keys()]));
  return undefined;
}

function said(role: "system" | "user"): Decoder {
  return (message, notes) => turnOf(message, role, decodeContent(message, notes), []);
}

function turnOf(
  message: Fields,
  role: Role,
  blocks: readonly Block[],
  residues: readonly Residue[],
): Turn {
  const ext = filled([...residues, ...message.rest("R00")]);
  return compact({ role, place: "inline", blocks, path: message.path, ext });
}

/** What the model thought and said, its plan, and its calls: the order in which it works. */
function decodeAssistant(message: Fields, notes: Notes): Turn {
  const plan = message.string("tool_plan") ?? "";
  const calls = decodeCalls(message, notes);
  const content = decodeContent(message, notes).filter(
    (block) => calls.length === 0 || block.kind !== "text" || block.text !== "",
  );
  // Elsewhere words right before calls look like a plan.
  if (plan === "" && calls.length > 0 && content.at(-1)?.kind === "text")
    notes.use("S20", message.path);
  const blocks = [...content, ...planBlock(plan)];
  const cited = withCitations(blocks, message, notes);
  return turnOf(message, "assistant", [...cited.blocks, ...calls], cited.ext);
}

/** The plan as a block; none where nothing was planned (S20). */
export function planBlock(plan: string): readonly Block[] {
  return plan === "" ? [] : [{ kind: "text", text: plan, tag: "plan" }];
}

/** The calls of a message. */
export function decodeCalls(message: Fields, notes: Notes): readonly Block[] {
  const list = message.list("tool_calls") ?? [];
  return list.flatMap((entry, index): readonly Block[] => {
    const call = fieldsAt(entry, `${message.at("tool_calls")}/${index}`, notes);
    if (call === undefined) return [];
    call.skip("type");
    const inner = call.fields("function");
    const text = inner?.string("arguments") ?? "";
    const unknown = notes.strict ? "R00" : "S00";
    const block = compact({
      kind: "toolCall",
      id: call.string("id") ?? "",
      name: inner?.string("name") ?? "",
      argsText: argumentsText(text),
      call: "function",
      ext: filled([...(inner?.rest(unknown) ?? []), ...call.rest(unknown)]),
    });
    return [block];
  });
}

/** A call without arguments has an empty object of them, whatever it is spelt as (E138). */
function argumentsText(text: string): string {
  const trimmed = text.trim();
  return trimmed === "" || trimmed === "null" ? "{}" : text;
}

function decodeToolMessage(message: Fields, notes: Notes): Turn {
  const id = message.required("tool_call_id");
  const parts = decodeResultContent(message, notes);
  const block = { kind: "toolResult", id, parts, isError: false } as const;
  return turnOf(message, "user", [block], []);
}
