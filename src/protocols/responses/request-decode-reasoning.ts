// Reasoning items of the history (translation.md 0.4, B.7).
import { compact, filled } from "../../lib/compact.ts";
import { asArray, asRecord, asString, type Json } from "../../lib/json.ts";
import type { Opaque, ThinkingBlock } from "../../ir/block.ts";
import type { Fields } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";
import { OPENAI_VENDOR } from "../kit/openai-vendor.ts";
import { markOf } from "./item-ids.ts";
import type { ItemContext } from "./request-decode-input.ts";

/** What stands between the parts of a summary, or of a chain of thought, where they are one text. */
export const PARAGRAPHS = "\n\n";

/** What an item holds: a block, or only a token that belongs to its neighbour. */
export type DecodedReasoning = {
  readonly block: ThinkingBlock;
  /** A token that belongs to a neighbour, which has no member for it. */
  readonly lent: { readonly token: Opaque; readonly to: "next" | "previous" } | undefined;
};

/** Reads a `reasoning` item; an envelope is opened, another token is the vendor's own. */
export function decodeReasoningItem(item: Fields, context: ItemContext): DecodedReasoning {
  const { notes, decode } = context;
  const text = item.string("encrypted_content");
  const token: Opaque | undefined =
    text === undefined || text === ""
      ? undefined
      : (decode.unseal(text) ?? { vendor: OPENAI_VENDOR, kind: "encrypted", data: text });
  const block = readReasoning(item, token === undefined ? [] : [token], notes);
  if (block.text !== "") notes.use("R61", item.path);
  if (token !== undefined) notes.use("R62", item.at("encrypted_content"));
  const isLoose = token !== undefined && block.text === "";
  return { block, lent: isLoose ? lend(item, token) : undefined };
}

/** Whose token an item without text holds: its id says so, or at least where the token is from. */
function lend(item: Fields, token: Opaque): DecodedReasoning["lent"] {
  const mark = markOf(asString(item.record["id"]));
  if (mark === "next" || mark === "previous") return { token, to: mark };
  // Clients may leave ids out; of this kind of token, none belongs to reasoning without text.
  return token.kind === "thoughtSignature" ? { token, to: "next" } : undefined;
}

/** The block of a reasoning item, in a request or a reply alike. */
export function readReasoning(
  item: Fields,
  opaque: readonly Opaque[],
  notes: Notes,
): ThinkingBlock {
  // The id is the server's: whoever did not store the item does not know it (E183).
  item.skip("type", "id", "status", "encrypted_content");
  const summary = textsOf(item.any("summary"));
  const content = textsOf(item.any("content"));
  const form = summary.length > 0 || content.length === 0 ? "summary" : "raw";
  const pieces = form === "summary" ? summary : content;
  // Several parts, or both kinds, return as they were; elsewhere they are one text.
  const isPlain = pieces.length <= 1 && (form === "raw" || content.length === 0);
  const id = notes.strict ? "R61" : "S17";
  const spelt = isPlain ? [] : [...item.residue("summary", id), ...item.residue("content", id)];
  const text = pieces.join(PARAGRAPHS);
  return compact({
    kind: "thinking",
    text,
    form,
    redacted: text === "" && opaque.some(({ kind }) => kind === "redacted"),
    opaque: filled(opaque),
    ext: filled([...spelt, ...item.rest(notes.strict ? "R00" : "S00")]),
  });
}

function textsOf(list: Json | undefined): readonly string[] {
  return (asArray(list) ?? []).flatMap((part) => asString(asRecord(part)?.["text"]) ?? []);
}
