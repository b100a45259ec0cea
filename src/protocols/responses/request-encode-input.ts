// Turns to items: one for each call, result and piece of reasoning, messages for the words between them (translation.md B.1,
// B.4, B.7).
import type { Printable } from "../../lib/json.ts";
import { unreachable } from "../../lib/result.ts";
import type { Block, ToolCallBlock, ToolResultBlock } from "../../ir/block.ts";
import type { Turn } from "../../ir/request.ts";
import type { Draft } from "../kit/residue.ts";
import { assistantItems } from "./request-encode-assistant.ts";
import type { EncodeContext } from "./request-encode-context.ts";
import { graftTurn, instructionPart, messageContent, userParts } from "./request-encode-parts.ts";
import { encodeResult } from "./request-encode-results.ts";
import { INSTRUCTIONS } from "./request-decode-input.ts";

/** `instructions` and `input`. */
export function encodeInput(context: EncodeContext): Draft {
  const { turns } = context.request;
  const [first] = turns;
  const instructions = first === undefined ? undefined : plainInstructions(first, context);
  const rest = instructions === undefined ? turns : turns.slice(1);
  const input = encodeTurns(rest, context);
  // JSON mode is refused unless a message says so; instructions do not count (R42, E151).
  return { instructions, input: withJsonWord(input, rest, context) };
}

/** The only instructions, if they are one plain text: more of them would lose their borders in one string (R01). */
function plainInstructions(turn: Turn, { isOwn, request }: EncodeContext): string | undefined {
  const [block] = turn.blocks;
  if (isOwn) {
    if (turn.path !== INSTRUCTIONS) return undefined;
    return block?.kind === "text" ? block.text : "";
  }
  const isOnly = request.turns.filter(({ place }) => place === "top").length === 1;
  return isOnly && turn.role === "system" && turn.place === "top" ? bareText(turn) : undefined;
}

/** The text of a turn that has nothing else. */
function bareText({ blocks, name, ext = [] }: Turn): string | undefined {
  const [block, ...others] = blocks;
  if (block?.kind !== "text" || others.length > 0 || name !== undefined) return undefined;
  const residues = [...ext, ...(block.ext ?? [])];
  return block.cache === undefined && residues.length === 0 ? block.text : undefined;
}

function encodeTurns(turns: readonly Turn[], context: EncodeContext): readonly Printable[] {
  const items: Printable[] = [];
  const answered = new Set<string>();
  for (let at = 0; at < turns.length; at += 1) {
    const turn = turns[at];
    if (turn === undefined) break;
    if (turn.role !== "assistant") {
      items.push(...otherItems(turn, context, answered));
      continue;
    }
    const run = assistantRun(turns, at);
    at += run.length - 1;
    items.push(...assistantItems(run, context));
    items.push(...missingResults(run, turns.slice(at + 1), context));
  }
  return items;
}

function assistantRun(turns: readonly Turn[], from: number): readonly Turn[] {
  const end = turns.findIndex((turn, at) => at >= from && turn.role !== "assistant");
  return turns.slice(from, end < 0 ? undefined : end);
}

/** A call without an answer makes the whole request invalid (E131); the last turn may wait for its results. */
function missingResults(
  run: readonly Turn[],
  following: readonly Turn[],
  context: EncodeContext,
): readonly Printable[] {
  if (following.length === 0 || context.isOwn) return [];
  const results = new Set(
    following.flatMap(({ blocks }) =>
      blocks.flatMap((block) =>
        block.kind === "toolResult" ? (context.ids.result(block) ?? []) : [],
      ),
    ),
  );
  const calls = run.flatMap(({ blocks }) =>
    blocks.filter((block): block is ToolCallBlock => block.kind === "toolCall"),
  );
  return calls.flatMap((call): readonly Printable[] => {
    const id = context.ids.call(call);
    if (results.has(id)) return [];
    context.verdicts.emulate("R40", run[0]?.path ?? "");
    const type = call.call === "custom" ? "custom_tool_call_output" : "function_call_output";
    return [{ type, call_id: id, output: "Error: no result recorded" }];
  });
}

/** Items of a turn that is not the assistant's: results first, as they stand, then the words. */
function otherItems(
  turn: Turn,
  context: EncodeContext,
  answered: Set<string>,
): readonly Printable[] {
  switch (turn.role) {
    case "system":
    case "developer":
      return instructionItems(turn, context);
    case "user":
      return userItems(turn, context, answered);
    case "assistant":
      return [];
  }
  return unreachable(turn.role);
}

function instructionItems(turn: Turn, context: EncodeContext): readonly Printable[] {
  const parts = turn.blocks.flatMap((block) => instructionPart(block, turn.path, context) ?? []);
  if (parts.length === 0 && turn.blocks.length > 0) return [];
  return [graftTurn({ role: turn.role, content: messageContent(parts) }, turn)];
}

function userItems(
  turn: Turn,
  context: EncodeContext,
  answered: Set<string>,
): readonly Printable[] {
  const items: Printable[] = [];
  const words: Block[] = [];
  for (const block of turn.blocks) {
    const item = itemOf(block, turn, context, answered);
    if (item === undefined) words.push(block);
    else items.push(...item);
  }
  if (words.length === 0 && turn.blocks.length > 0) return items;
  if (words.some(({ kind }) => kind === "toolResult")) context.verdicts.lose("R40", turn.path, "D");
  const parts = userParts(words, turn, context);
  if (parts.length === 0 && words.length > 0) return items;
  return [...items, graftTurn({ role: "user", content: messageContent(parts) }, turn)];
}

/** The items that a block is by itself; `undefined`: it is part of the user's words. */
function itemOf(
  block: Block,
  turn: Turn,
  context: EncodeContext,
  answered: Set<string>,
): readonly Printable[] | undefined {
  if (block.kind === "vendor") {
    const isOwn = block.dialect === context.dialect && isItem(turn);
    return isOwn ? userParts([block], turn, context) : undefined;
  }
  const id = block.kind === "toolResult" ? resultId(block, context) : undefined;
  if (block.kind !== "toolResult" || id === undefined || answered.has(id)) return undefined;
  answered.add(id);
  return [encodeResult(block, id, turn, context)];
}

/** The call that a result answers; the vendor itself may remember one that the client does not send again (B03). */
function resultId(block: ToolResultBlock, { ids, isOwn }: EncodeContext): string | undefined {
  return ids.result(block) ?? (isOwn ? block.id : undefined);
}

/** A turn of nothing but what is an item of its own in this dialect. */
function isItem({ blocks }: Turn): boolean {
  return (
    blocks.length === 1 && blocks.every((block) => block.kind === "vendor" && block.id !== "R00")
  );
}

const JSON_LINE = "Answer with one JSON object.";

function withJsonWord(
  items: readonly Printable[],
  turns: readonly Turn[],
  { request, isOwn, target, verdicts }: EncodeContext,
): readonly Printable[] {
  const { format } = request.output;
  if (format === undefined || isOwn) return items;
  const lacksSchema = format.kind === "schema" && target.capabilities.jsonSchema === false;
  if (format.kind === "schema" && !lacksSchema) return items;
  const isSaid = turns.some((turn) => turn.blocks.some(saysJson));
  if (isSaid && !lacksSchema) return items;
  if (format.kind === "json") verdicts.emulate("R42", "");
  const line =
    format.kind === "schema"
      ? `${JSON_LINE} It must match this JSON Schema:\n${format.schema}`
      : JSON_LINE;
  return [{ role: "system", content: line }, ...items];
}

function saysJson(block: Block): boolean {
  if (block.kind === "toolResult") return block.parts.some(saysJson);
  return block.kind === "text" && /json/i.test(block.text);
}
