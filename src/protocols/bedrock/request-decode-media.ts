// Images, documents, videos and sound: a format and a source (translation.md B.2).
import { compact, filled } from "../../lib/compact.ts";
import { asArray, asRecord, asString, jsonText, type Json } from "../../lib/json.ts";
import type { Block, DocumentBlock, Media } from "../../ir/block.ts";
import type { Residue } from "../../ir/request.ts";
import type { LossId } from "../../ir/loss.ts";
import { fieldsAt, type Fields } from "../kit/fields.ts";
import { missing, type Notes } from "../kit/notes.ts";
import type { DecodeContext } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { mimeOfFormat, type FormatKind } from "./formats.ts";

/** What decoding content needs. */
export type ContentContext = { readonly notes: Notes; readonly context: DecodeContext };

/** The blocks of a list, with what stood between them and belongs to none. */
export type DecodedContent = {
  readonly blocks: readonly Block[];
  readonly ext: readonly Residue[];
};

/** Decodes the blocks inside a document. */
type DecodeContent = (
  list: readonly Json[],
  path: string,
  reading: ContentContext,
) => DecodedContent;

/** The pointer of the block, by that of the member that says what it is. */
export function blockPath(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

/** Makes the decoder for one kind of media. `decodeContent`: for documents that are made of blocks. */
export function decodeMedia(
  kind: FormatKind,
  decodeContent: DecodeContent,
): (value: Json, path: string, reading: ContentContext) => Block | undefined {
  return (value, path, reading) => {
    const fields = fieldsAt(value, path, reading.notes);
    if (fields === undefined) return undefined;
    const format = fields.string("format") ?? "";
    if (kind === "document") return decodeDocument(fields, format, { ...reading, decodeContent });
    const media = mediaOf(fields, mimeOfFormat(kind, format), reading.notes);
    reading.notes.use(media.kind === "vendor" ? "B01" : FEATURES[kind], blockPath(path));
    return compact({ kind, media, ext: filled(fields.rest("R00")) });
  };
}

const FEATURES = { image: "R06", video: "R17", audio: "R16" } as const satisfies Record<
  Exclude<FormatKind, "document">,
  LossId
>;

/** Bytes, or a place in S3, which only this vendor can read (B01). */
function mediaOf(fields: Fields, mime: string, notes: Notes): Media {
  const source = fields.fields("source");
  const base64 = source?.string("bytes");
  if (base64 !== undefined) return { kind: "inline", mime, base64 };
  if (source === undefined) notes.reject(missing(fields.at("source")));
  const { format, source: place } = fields.record;
  const text = jsonText(
    `{"format":${JSON.stringify(format ?? null)},"source":${notes.document.textOf(place ?? {})}}`,
  );
  if (text === undefined) throw new Error("JSON around JSON is JSON");
  return { kind: "vendor", dialect: DIALECT, text };
}

type DocumentContext = ContentContext & { readonly decodeContent: DecodeContent };

function decodeDocument(fields: Fields, format: string, reading: DocumentContext): Block {
  const { notes } = reading;
  const title = fields.string("name");
  const context = fields.string("context");
  const switches = fields.fields("citations");
  const citable = switches?.boolean("enabled");
  if (context !== undefined) notes.use("R13", blockPath(fields.path));
  if (citable !== undefined) notes.use("R15", blockPath(fields.path));
  const content = contentOf(fields, format, reading);
  return compact({
    kind: "document",
    content,
    title,
    context,
    citable,
    ext: filled([...(switches?.rest("R00") ?? []), ...fields.rest("R00")]),
  });
}

function contentOf(
  fields: Fields,
  format: string,
  reading: DocumentContext,
): DocumentBlock["content"] {
  const { notes } = reading;
  const source = asRecord(fields.record["source"]);
  const text = asString(source?.["text"]);
  const blocks = asArray(source?.["content"]);
  const mime = mimeOfFormat("document", format === "" ? "txt" : format);
  if (text !== undefined) {
    fields.skip("source");
    notes.use("R12", blockPath(fields.path));
    return { kind: "text", text, mime };
  }
  if (blocks !== undefined) {
    fields.skip("source");
    notes.use("R13", blockPath(fields.path));
    const path = `${fields.at("source")}/content`;
    return { kind: "blocks", blocks: reading.decodeContent(blocks, path, reading).blocks };
  }
  const media = mediaOf(fields, mime, notes);
  const feature = mime === "application/pdf" ? "R10" : "R12";
  notes.use(media.kind === "vendor" ? "B01" : feature, blockPath(fields.path));
  return { kind: "media", media };
}
