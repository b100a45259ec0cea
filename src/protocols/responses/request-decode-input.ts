// `instructions` and `input` to turns: one turn for each item, those that belong to one turn of the assistant joined
// (translation.md B.1, B.4, B.7).
import { compact, filled } from "../../lib/compact.ts";
import { asArray, asString, type Json } from "../../lib/json.ts";
import type { Block, Opaque } from "../../ir/block.ts";
import type { LossId } from "../../ir/loss.ts";
import type { Role, ToolGroup, Turn } from "../../ir/request.ts";
import { fieldsAt, type Fields } from "../kit/fields.ts";
import { missing, wrongType, wrongValue, type Notes } from "../kit/notes.ts";
import type { DecodeContext } from "../protocol.ts";
import { decodeClientCall, decodeClientOutput } from "./client-items.ts";
import { DIALECT } from "./dialect.ts";
import { decodeCall, decodeOutput } from "./request-decode-calls.ts";
import { decodeContent } from "./request-decode-parts.ts";
import { decodeReasoningItem } from "./request-decode-reasoning.ts";

/** What decoding one item needs. */
export type ItemContext = {
  readonly notes: Notes;
  readonly decode: DecodeContext;
  /** Ids of free-form calls, so that their results are known as such. */
  readonly custom: Set<string>;
  /** Groups of the tools that were called (R33). */
  readonly groups: Map<string, ToolGroup>;
};

/** Where the instructions stand, and the mark by which they return there. */
export const INSTRUCTIONS = "/instructions";

/** All turns, the instructions first; the groups of called tools go into `groups`. */
export function decodeInput(
  body: Fields,
  notes: Notes,
  decode: DecodeContext,
  groups: Map<string, ToolGroup>,
): readonly Turn[] {
  const context: ItemContext = { notes, decode, custom: new Set(), groups };
  return [...decodeInstructions(body, notes), ...placed(inputTurns(body, context), notes)];
}

function decodeInstructions(body: Fields, notes: Notes): readonly Turn[] {
  const value = body.any("instructions");
  const text = asString(value);
  if (text !== undefined) {
    const blocks: readonly Block[] = text === "" ? [] : [{ kind: "text", text }];
    return [{ role: "system", place: "top", blocks, path: INSTRUCTIONS }];
  }
  // The echo of a response may hold a list here; requests take a string.
  if (value !== undefined) notes.reject(wrongType(INSTRUCTIONS, "a string", value));
  return [];
}

function inputTurns(body: Fields, context: ItemContext): readonly Turn[] {
  const input = body.any("input");
  const text = asString(input);
  if (text !== undefined) {
    return [{ role: "user", place: "inline", blocks: [{ kind: "text", text }], path: "/input" }];
  }
  const items = asArray(input);
  if (items === undefined && input !== undefined) {
    context.notes.reject(wrongType("/input", "one of a string or array of objects", input));
  }
  return joinTurns(items ?? [], context);
}

/** Tokens that stand alone beside what they belong to go there (translation.md B.7, "Emit to OR clients"). */
function joinTurns(items: readonly Json[], context: ItemContext): readonly Turn[] {
  const turns: Turn[] = [];
  let waiting: readonly Opaque[] = [];
  for (const [index, item] of items.entries()) {
    const fields = fieldsAt(item, `/input/${index}`, context.notes);
    const decoded = fields === undefined ? undefined : decodeItem(fields, context);
    if (decoded === undefined) continue;
    if (decoded.kind === "token") {
      const last = turns.at(-1);
      if (decoded.to === "next") waiting = [...waiting, decoded.token];
      else if (last?.role === "assistant") turns.splice(-1, 1, withLastToken(last, decoded.token));
      else turns.push(tokenTurn(decoded.token, `/input/${index}`));
      continue;
    }
    const turn = waiting.length === 0 ? decoded.turn : withTokens(decoded.turn, waiting);
    waiting = [];
    const joined = turn.role === "assistant" && turns.at(-1)?.role === "assistant";
    turns.push(joined ? { ...turn, joined } : turn);
  }
  return turns;
}

function withTokens(turn: Turn, tokens: readonly Opaque[]): Turn {
  const [first, ...rest] = turn.blocks;
  if (first === undefined || turn.role !== "assistant") return turn;
  return { ...turn, blocks: [{ ...first, opaque: [...(first.opaque ?? []), ...tokens] }, ...rest] };
}

/** A token of a text that said nothing. */
function tokenTurn(token: Opaque, path: string): Turn {
  const blocks: readonly Block[] = [{ kind: "text", text: "", opaque: [token] }];
  return { role: "assistant", place: "inline", blocks, path };
}

function withLastToken(turn: Turn, token: Opaque): Turn {
  const last = turn.blocks.at(-1);
  if (last === undefined) return turn;
  const opaque = [...(last.opaque ?? []), token];
  return { ...turn, blocks: [...turn.blocks.slice(0, -1), { ...last, opaque }] };
}

/** Instructions ahead of the conversation stand at the top, later ones where they are (R01, R03). */
function placed(turns: readonly Turn[], notes: Notes): readonly Turn[] {
  let place: Turn["place"] = "top";
  return turns.map((turn) => {
    const isInstruction = turn.role === "system" || turn.role === "developer";
    if (!isInstruction) place = "inline";
    else notes.use(place === "top" ? "R01" : "R03", turn.path);
    return isInstruction ? { ...turn, place } : turn;
  });
}

/** An item is a turn, or a token for one of its neighbours. */
type Decoded =
  | { readonly kind: "turn"; readonly turn: Turn }
  | { readonly kind: "token"; readonly token: Opaque; readonly to: "next" | "previous" };

/** Items of this dialect that others have no place for, with the feature that they are; all others are hosted calls. */
const VERBATIM: Readonly<Record<string, LossId>> = {
  item_reference: "B03",
  compaction: "B07",
  compaction_trigger: "B07",
  additional_tools: "R33",
  tool_search_call: "R33",
  tool_search_output: "R33",
  program: "R34",
  program_output: "R34",
};

function decodeItem(item: Fields, context: ItemContext): Decoded | undefined {
  const type = asString(item.record["type"]) ?? (isReference(item) ? "item_reference" : "message");
  switch (type) {
    case "message":
      return decodeMessage(item, context);
    case "function_call":
    case "custom_tool_call":
      return turnOf("assistant", [decodeCall(item, context)], item);
    case "function_call_output":
    case "custom_tool_call_output":
      return turnOf("user", [decodeOutput(item, context)], item);
    case "reasoning": {
      const { block, lent } = decodeReasoningItem(item, context);
      if (lent !== undefined) return { kind: "token", ...lent };
      return turnOf("assistant", [block], item);
    }
    default: {
      const call = decodeClientCall(item, context.notes);
      if (call !== undefined) return turnOf("assistant", [call], item);
      const output = decodeClientOutput(item, context.notes);
      if (output !== undefined) return turnOf("user", [output], item);
      return turnOf(hostedRole(type), [verbatim(item, type, context.notes)], item);
    }
  }
}

/** Neither messages nor references have to say what they are; the latter are an id and nothing else. */
function isReference({ record }: Fields): boolean {
  return asString(record["id"]) !== undefined && !("role" in record) && !("content" in record);
}

/** Results that the client sends are its own turn; everything else the model or its host made. */
function hostedRole(type: string): Role {
  const isClients = type.endsWith("_output") || type.endsWith("_response");
  return isClients ? "user" : "assistant";
}

function verbatim(item: Fields, type: string, notes: Notes): Block {
  const id = (Object.hasOwn(VERBATIM, type) ? VERBATIM[type] : undefined) ?? "S06";
  notes.use(id, item.path);
  return { kind: "vendor", dialect: DIALECT, text: notes.document.textOf(item.record), id };
}

function turnOf(role: Role, blocks: readonly Block[], item: Fields): Decoded {
  return { kind: "turn", turn: { role, place: "inline", blocks, path: item.path } };
}

const ROLES = ["user", "assistant", "system", "developer"] as const;

function decodeMessage(item: Fields, context: ItemContext): Decoded | undefined {
  const { notes } = context;
  // The id and the status are the server's.
  item.skip("type", "id", "status");
  const word = item.required("role");
  const role = ROLES.find((known) => known === word);
  if (role === undefined) {
    if (word !== "") notes.reject(wrongValue(item.at("role"), word, ROLES));
    return undefined;
  }
  if (role === "developer") notes.use("R02", item.path);
  const content = item.any("content");
  if (content === undefined) notes.reject(missing(item.at("content")));
  const blocks = content === undefined ? [] : decodeContent(content, item.at("content"), notes);
  const phase = item.residue("phase", "R79");
  const ext = filled([...phase, ...item.rest("R00")]);
  return { kind: "turn", turn: compact({ role, place: "inline", blocks, path: item.path, ext }) };
}
