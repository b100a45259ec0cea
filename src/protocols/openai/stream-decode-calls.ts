// Calls of a streamed answer, told apart by index and id as far as the server gives them (translation.md D.2 OC).
import { compact, filled } from "../../lib/compact.ts";
import {
  asArray,
  asNumber,
  asRecord,
  asString,
  type Json,
  type JsonRecord,
} from "../../lib/json.ts";
import type { Event } from "../../ir/event.ts";
import { fieldsOf, type Fields } from "../kit/fields.ts";
import { extraTokens, type CarrierContext } from "./reasoning-decode.ts";
import { mintedCallId } from "./reply-decode-calls.ts";
import type { Blocks } from "./stream-decode-choice.ts";

/** Follows the calls of one answer. */
export type CallTracker = {
  readonly push: (delta: Fields, context: CarrierContext) => readonly Event[];
  readonly any: () => boolean;
};

type Call = {
  /** Index of the block; absent until the name is known. */
  block: number | undefined;
  readonly place: number | undefined;
  id: string;
  name: string;
  isCustom: boolean;
  /** Arguments that came before the name. */
  early: string;
};

type State = { readonly candidate: number; readonly blocks: Blocks; readonly calls: Call[] };

/** Starts to follow the calls of the answer with this index. */
export function callTracker(candidate: number, blocks: Blocks): CallTracker {
  const state: State = { candidate, blocks, calls: [] };
  return {
    any: () => state.calls.some((call) => call.block !== undefined),
    push: (delta, context) => {
      const list = asArray(delta.any("tool_calls")) ?? [];
      const legacy = asRecord(delta.any("function_call"));
      const older: readonly Json[] =
        legacy === undefined ? [] : [{ index: LEGACY_PLACE, function: legacy }];
      return [...list, ...older].flatMap((entry) => {
        const record = asRecord(entry);
        return record === undefined ? [] : pushPiece(record, delta, state, context);
      });
    },
  };
}

function pushPiece(
  record: JsonRecord,
  delta: Fields,
  state: State,
  context: CarrierContext,
): readonly Event[] {
  const id = asString(record["id"]) ?? "";
  const piece = pieceOf(record, context);
  const call = claim(asNumber(record["index"]), id, state);
  if (call.id === "" && call.block === undefined) call.id = id;
  // Some servers repeat the name with every piece.
  if (call.block === undefined && piece.name !== "") call.name = piece.name;
  call.isCustom ||= piece.isCustom;
  if (call.block !== undefined) {
    return piece.text === "" ? [] : [state.blocks.delta(call.block, piece.text)];
  }
  call.early += piece.text;
  if (call.name === "") return [];
  const path = `${delta.at("tool_calls")}/${state.calls.indexOf(call)}`;
  return open(call, fieldsOf(record, path, context.notes), state, context);
}

/** The call that a piece belongs to; a new one if there is none yet. */
function claim(place: number | undefined, id: string, { calls }: State): Call {
  const known = find(place, id, calls);
  if (known !== undefined) return known;
  const call = { block: undefined, place, id, name: "", isCustom: false, early: "" };
  calls.push(call);
  return call;
}

function find(place: number | undefined, id: string, calls: readonly Call[]): Call | undefined {
  if (place === undefined) {
    return id === "" ? calls.at(-1) : calls.find((call) => call.id === id);
  }
  // Some servers give every call the index 0: another id is another call.
  return calls.findLast(
    (call) => call.place === place && (id === "" || call.id === "" || call.id === id),
  );
}

function open(
  call: Call,
  fields: Fields,
  { candidate, blocks }: State,
  context: CarrierContext,
): readonly Event[] {
  fields.skip("index", "id", "type", "function", "custom");
  const { name, early } = call;
  const isMinted = call.id === "";
  const path = call.place === LEGACY_PLACE ? legacyPath(fields.path) : fields.path;
  const id = isMinted ? mintedCallId(context, path, name) : call.id;
  const form = call.isCustom ? "custom" : "function";
  if (call.isCustom) context.notes.use("R24", path);
  const extra = extraTokens(fields, context);
  const head = compact({
    kind: "toolCall",
    id,
    name,
    call: form,
    idMinted: isMinted ? true : undefined,
  });
  const { index, event } = blocks.open(head, filled([...extra.residues, ...fields.rest("S00")]));
  call.block = index;
  call.early = "";
  const tokens = extra.tokens.map((opaque): Event => ({
    type: "opaque",
    candidate,
    index,
    opaque,
  }));
  return [event, ...tokens, ...(early === "" ? [] : [blocks.delta(index, early)])];
}

function legacyPath(path: string): string {
  return path.replace(/\/tool_calls\/\d+$/, "/function_call");
}

/** A place that no server gives: the older form has one call, without index and id. */
const LEGACY_PLACE = -1;

function pieceOf(
  record: JsonRecord,
  context: CarrierContext,
): { readonly name: string; readonly text: string; readonly isCustom: boolean } {
  const custom = asRecord(record["custom"]);
  const called = asRecord(record["function"]);
  const isCustom = record["type"] === "custom" || (called === undefined && custom !== undefined);
  const inner = (isCustom ? custom : called) ?? {};
  const value = inner[isCustom ? "input" : "arguments"];
  const whole = asRecord(value);
  const text = whole === undefined ? (asString(value) ?? "") : context.notes.document.textOf(whole);
  return { name: asString(inner["name"]) ?? "", text, isCustom };
}
