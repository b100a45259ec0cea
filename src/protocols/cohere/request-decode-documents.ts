// `documents`: what the model may cite. The neutral model has them at the head of the last user's turn (translation.md B.2
// R13, R14), since that is what they are sources for.
import { compact, filled } from "../../lib/compact.ts";
import { asRecord, asString, type Json } from "../../lib/json.ts";
import type { Block, DocumentBlock } from "../../ir/block.ts";
import type { Residue, Turn } from "../../ir/request.ts";
import { fieldsAt, type Fields } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";
import { isAsked, type Source } from "./documents.ts";

/** The documents, and the switch for citing them as far as they do not hold it. */
export type DecodedDocuments = {
  readonly blocks: readonly Block[];
  readonly ext: readonly Residue[];
};

/** Reads `documents` and `citation_options`. */
export function decodeDocuments(body: Fields, notes: Notes): DecodedDocuments {
  const list = body.list("documents") ?? [];
  const mode = asString(asRecord(body.record["citation_options"])?.["mode"]);
  const isOff = mode === "OFF" || mode === "DISABLED";
  const blocks = list.flatMap((entry, index) => {
    const path = `/documents/${index}`;
    const block = decodeDocument(entry, path, notes);
    if (block === undefined) return [];
    notes.use("R14", path);
    return [{ ...block, citable: !isOff }];
  });
  // Off is what documents say that are not to be cited; the other words differ in how citations are made.
  if (mode !== "OFF" || blocks.length === 0)
    return { blocks, ext: body.residue("citation_options", "R00") };
  notes.use("R15", body.at("citation_options"));
  body.skip("citation_options");
  return { blocks, ext: [] };
}

function decodeDocument(entry: Json, path: string, notes: Notes): Source | undefined {
  if (typeof entry === "string") return textDocument(entry);
  const document = fieldsAt(entry, path, notes);
  if (document === undefined) return undefined;
  const id = document.string("id");
  const ext = document.residue("id", "R00");
  const data = document.any("data");
  const known = knownDocument(data);
  const kept = known === undefined ? document.residue("data", "R00") : [];
  const read = known ?? textDocument(asString(data) ?? readable(data, notes), titleIn(data));
  const rest = filled([...ext, ...kept, ...document.rest("R00")]);
  if (read.kind === "searchResult") return { ...read, ...compact({ ext: rest }) };
  // The id is what citations name a document by.
  return compact({ ...read, title: read.title ?? id, ext: rest });
}

function textDocument(text: string, title?: string): DocumentBlock {
  const content = { kind: "text", text, mime: "text/plain" } as const;
  return compact({ kind: "document", content, title });
}

function titleIn(data: Json | undefined): string | undefined {
  return asString(asRecord(data)?.["title"]);
}

/** Data of the forms that the neutral model has itself; `undefined`: it is of another. */
export function knownDocument(data: Json | undefined): Source | undefined {
  if (typeof data === "string") return undefined;
  const record = asRecord(data);
  if (record === undefined || !Object.values(record).every((value) => typeof value === "string"))
    return undefined;
  const { text, title, source, context, ...others } = record;
  if (typeof text !== "string" || Object.keys(others).length > 0) return undefined;
  const words = { title: asString(title), context: asString(context) };
  if (source === undefined) return { ...textDocument(text), ...compact(words) };
  if (typeof source !== "string" || words.title === undefined || words.context !== undefined)
    return undefined;
  return {
    kind: "searchResult",
    source,
    title: words.title,
    parts: [{ kind: "text", text }],
  };
}

/** Data of any form as text: a line for each member. */
function readable(data: Json | undefined, { document }: Notes): string {
  const lines = Object.entries(asRecord(data) ?? {})
    .filter(([key, value]) => key !== "title" || typeof value !== "string")
    .map(([key, value]) => `${key}: ${asString(value) ?? document.textOf(value)}`);
  return lines.join("\n");
}

/** Puts documents to the last words of the user; without any they stay a member of the body. */
export function withDocuments(
  turns: readonly Turn[],
  documents: readonly Block[],
  body: Fields,
): { readonly turns: readonly Turn[]; readonly ext: readonly Residue[] } {
  if (documents.length === 0) return { turns, ext: [] };
  const at = turns.findLastIndex(isAsked);
  const turn = turns[at];
  if (turn === undefined) return { turns, ext: body.residue("documents", "R14") };
  const blocks = [...documents, ...turn.blocks];
  return { turns: turns.with(at, { ...turn, blocks }), ext: [] };
}
