// Images and documents, from every source that this dialect has (translation.md B.2).
import { compact } from "../../lib/compact.ts";
import { asArray, asString, type Json } from "../../lib/json.ts";
import type { Block, DocumentBlock, ImageBlock, Media } from "../../ir/block.ts";
import type { Fields } from "../kit/fields.ts";
import { inline } from "../kit/media.ts";
import { missing, type Notes } from "../kit/notes.ts";
import { DIALECT } from "./dialect.ts";

/** Reads the blocks of a document that is made of them. */
export type ReadBlocks = (list: readonly Json[], path: string) => readonly Block[];

/** Decodes an image. */
export function decodeImage(fields: Fields, notes: Notes): ImageBlock {
  const source = fields.fields("source");
  if (source === undefined) notes.reject(missing(fields.at("source")));
  const media = source === undefined ? NOTHING : mediaOf(source, notes);
  notes.use(media.kind === "url" ? "R07" : media.kind === "inline" ? "R06" : "B01", fields.path);
  return { kind: "image", media };
}

const NOTHING: Media = { kind: "inline", mime: "application/octet-stream", base64: "" };

/** Bytes, an address, or a file of the vendor's. */
function mediaOf(source: Fields, notes: Notes): Media {
  switch (source.required("type")) {
    case "base64":
      return inline(source.string("media_type"), source.required("data"));
    case "url":
      return { kind: "url", url: source.required("url") };
    default:
      return { kind: "vendor", dialect: DIALECT, text: notes.document.textOf(source.record) };
  }
}

/** Decodes a document. */
export function decodeDocument(
  fields: Fields,
  notes: Notes,
  readBlocks: ReadBlocks,
): DocumentBlock {
  const source = fields.fields("source");
  if (source === undefined) notes.reject(missing(fields.at("source")));
  const content = source === undefined ? EMPTY : contentOf(source, fields, notes, readBlocks);
  const title = fields.string("title");
  const context = fields.string("context");
  const citable = citationSwitch(fields, notes);
  if (context !== undefined || content.kind === "blocks") notes.use("R13", fields.path);
  return compact({ kind: "document", content, title, context, citable });
}

/** `citations: {enabled}` of a document or passage (R15). */
export function citationSwitch(fields: Fields, notes: Notes): boolean | undefined {
  const switched = fields.fields("citations")?.boolean("enabled");
  if (switched === true) notes.use("R15", fields.at("citations"));
  return switched;
}

const EMPTY: DocumentBlock["content"] = { kind: "text", text: "", mime: "text/plain" };

function contentOf(
  source: Fields,
  fields: Fields,
  notes: Notes,
  readBlocks: ReadBlocks,
): DocumentBlock["content"] {
  switch (asString(source.record["type"]) ?? "") {
    case "text":
      notes.use("R12", fields.path);
      source.skip("type", "media_type");
      return { kind: "text", text: source.required("data"), mime: "text/plain" };
    case "content": {
      source.skip("type");
      const value = source.any("content");
      const text = asString(value);
      if (text !== undefined) return { kind: "blocks", blocks: [{ kind: "text", text }] };
      return { kind: "blocks", blocks: readBlocks(asArray(value) ?? [], source.at("content")) };
    }
    default: {
      const media = mediaOf(source, notes);
      notes.use(
        media.kind === "url" ? "R11" : media.kind === "inline" ? "R10" : "B01",
        fields.path,
      );
      return { kind: "media", media };
    }
  }
}
