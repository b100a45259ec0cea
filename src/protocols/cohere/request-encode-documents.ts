// Documents that the model may cite are a member of the body, about the last words of the user (translation.md B.2 R12 to R14).
import type { Printable } from "../../lib/json.ts";
import type { DocumentBlock } from "../../ir/block.ts";
import type { Turn } from "../../ir/request.ts";
import { plainText } from "../kit/readable.ts";
import { graft, ownResidues, type Draft } from "../kit/residue.ts";
import { DIALECT } from "./dialect.ts";
import { documentsOf, isAsked, textOf, type Source } from "./documents.ts";
import type { EncodeContext } from "./request-encode-context.ts";

/** The members about documents. */
export function encodeDocuments(context: EncodeContext): Draft {
  const { request, verdicts, isOwn } = context;
  const sources = documentsOf(request.turns);
  if (sources.length === 0) return {};
  const turn = request.turns.findLast(isAsked);
  const switches = new Set(sources.map(({ citable }) => citable === true));
  if (!isOwn && turn !== undefined) reportMoved(turn, sources, context);
  // All documents can be cited, or none.
  if (switches.size > 1) verdicts.loseNoted("R15", "", "D");
  return {
    documents: sources.map((source) => encodeDocument(source, isOwn)),
    citation_options: switches.has(true) ? undefined : { mode: "OFF" },
  };
}

/** Documents come back at the head of the question; one that stood elsewhere has lost its place. */
function reportMoved(
  { blocks, path }: Turn,
  sources: readonly Source[],
  { verdicts }: EncodeContext,
): void {
  const said = blocks.filter(({ kind }) => kind !== "toolResult");
  if (sources.some((source, index) => said[index] !== source)) verdicts.loseNoted("R14", path, "D");
  else if (sources.every(isPlain)) {
    for (const id of ["R12", "R13"] as const) verdicts.keep(id, path);
  }
}

/** Whether a document says the same here as in other dialects. */
function isPlain(source: Source): boolean {
  if (source.kind === "searchResult") return true;
  const { content, title, filename } = source;
  if (content.kind !== "text" || content.mime !== "text/plain") return false;
  return filename === undefined || filename === title;
}

function encodeDocument(source: Source, isOwn: boolean): Printable {
  const draft: Draft = { data: dataOf(source, isOwn) };
  return graft(draft, source.ext, { dialect: DIALECT, depth: 2 });
}

/** The data of a document or passage. */
export function dataOf(source: Source, isOwn: boolean): Draft {
  if (source.kind === "searchResult")
    return { source: source.source, title: source.title, text: plainText(source.parts) };
  const { title, filename, context } = source;
  const name = title ?? filename;
  const isId = isOwn && isItsId(source, name);
  return { title: isId ? undefined : name, context, text: textOf(source) ?? "" };
}

/** Whether a document is only called by its id. */
function isItsId({ ext }: DocumentBlock, name: string | undefined): boolean {
  return ownResidues(ext, DIALECT).some(
    ({ path, text }) => path.endsWith("/id") && text === JSON.stringify(name),
  );
}
