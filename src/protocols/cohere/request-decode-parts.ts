// Content, as a string or as parts, to blocks (translation.md A.6, B.2).
import { compact, filled } from "../../lib/compact.ts";
import { asRecord, asString, type Json } from "../../lib/json.ts";
import type { Block, ImageBlock } from "../../ir/block.ts";
import { fieldsAt, type Fields } from "../kit/fields.ts";
import { parseDataUrl } from "../kit/media.ts";
import { missing, wrongType, type Notes } from "../kit/notes.ts";
import { DIALECT } from "./dialect.ts";
import { knownDocument } from "./request-decode-documents.ts";

/** `undefined`: a part that is not what its type says. */
type Decoder = (part: Fields, notes: Notes) => Block | undefined;
type Decoders = Readonly<Record<string, Decoder>>;

const SAID: Decoders = { text: decodeText, thinking: decodeThinking, image_url: decodeImage };
const FOUND: Decoders = { text: decodeText, document: decodeDocument };

/** The blocks of a message's `content`; an absent or null one has none. */
export function decodeContent(message: Fields, notes: Notes): readonly Block[] {
  return decodeWith(message, SAID, notes);
}

/** The same for what a tool returned. */
export function decodeResultContent(message: Fields, notes: Notes): readonly Block[] {
  return decodeWith(message, FOUND, notes);
}

function decodeWith(message: Fields, decoders: Decoders, notes: Notes): readonly Block[] {
  const content = message.any("content");
  if (content === undefined) return [];
  if (typeof content === "string") return [{ kind: "text", text: content }];
  const path = message.at("content");
  if (!Array.isArray(content)) {
    notes.reject(wrongType(path, "a string or an array of objects", content));
    return [];
  }
  const list: readonly Json[] = content;
  return list.flatMap((entry, index) => {
    const part = fieldsAt(entry, `${path}/${index}`, notes);
    return part === undefined ? [] : [decodePart(part, decoders, notes)];
  });
}

function decodePart(part: Fields, decoders: Decoders, notes: Notes): Block {
  const type = asString(part.record["type"]) ?? "";
  const decode = Object.hasOwn(decoders, type) ? decoders[type] : undefined;
  const block = decode?.(part, notes);
  if (block === undefined) return verbatim(part, notes);
  part.skip("type");
  const ext = filled([...(block.ext ?? []), ...part.rest(unknownFor(notes))]);
  return { ...block, ...compact({ ext }) };
}

function unknownFor({ strict }: Notes): "R00" | "S00" {
  return strict ? "R00" : "S00";
}

/** A part that only this dialect understands is kept whole: nothing is skipped silently. */
function verbatim(part: Fields, notes: Notes): Block {
  const id = unknownFor(notes);
  notes.use(id, part.path);
  return { kind: "vendor", dialect: DIALECT, text: notes.document.textOf(part.record), id };
}

function decodeText(part: Fields): Block {
  return { kind: "text", text: part.string("text") ?? "" };
}

function decodeThinking(part: Fields, notes: Notes): Block {
  const text = part.string("thinking") ?? "";
  if (text !== "") notes.use(notes.strict ? "R61" : "S17", part.path);
  return { kind: "thinking", text, form: "raw", redacted: false };
}

const DETAILS = ["auto", "low", "high"] as const;

function decodeImage(part: Fields, notes: Notes): Block {
  const { url, inner } = addressIn(part);
  if (url === "") notes.reject(missing(`${part.at("image_url")}/url`));
  const media = parseDataUrl(url) ?? ({ kind: "url", url } as const);
  notes.use(media.kind === "inline" ? "R06" : "R07", part.path);
  const detail = inner === undefined ? undefined : decodeDetail(inner, notes);
  return compact({ kind: "image", media, detail, ext: filled(inner?.rest("R00") ?? []) });
}

/** An address, by itself in some clients. */
function addressIn(part: Fields): { readonly url: string; readonly inner: Fields | undefined } {
  const plain = asString(part.record["image_url"]);
  if (plain === undefined) {
    const inner = part.fields("image_url");
    return { url: inner?.string("url") ?? "", inner };
  }
  part.skip("image_url");
  return { url: plain, inner: undefined };
}

function decodeDetail(image: Fields, notes: Notes): ImageBlock["detail"] {
  const word = asString(image.record["detail"]);
  const detail = DETAILS.find((known) => known === word);
  if (detail === undefined) return undefined;
  image.skip("detail");
  notes.use("R09", image.at("detail"));
  return detail;
}

/** What a tool found: data of any form, of which some the neutral model has itself (R36, R38). */
function decodeDocument(part: Fields, notes: Notes): Block | undefined {
  const inner = part.fields("document");
  const data = inner?.any("data");
  if (inner === undefined || data === undefined) return undefined;
  const ext = filled([...inner.residue("id", "R38"), ...inner.rest("R00")]);
  const block = foundIn(data, part, notes);
  return { ...block, ...compact({ ext }) };
}

function foundIn(data: Json, part: Fields, notes: Notes): Block {
  const known = knownDocument(data);
  if (known?.kind === "searchResult") {
    notes.use("R14", part.path);
    return known;
  }
  // A text with a title is a document; a text alone is as good as any other data.
  if (known?.title !== undefined) {
    notes.use("R38", part.path);
    return known;
  }
  notes.use("R36", part.path);
  if (typeof data === "string" && asRecord(data) === undefined) return { kind: "text", text: data };
  return { kind: "json", text: notes.document.textOf(data) };
}
