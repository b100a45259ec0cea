// Content, as a string or as parts, to blocks (translation.md B.2).
import { compact, filled } from "../../lib/compact.ts";
import { asString, type Json } from "../../lib/json.ts";
import type { Block, Media } from "../../ir/block.ts";
import { fieldsAt, type Fields } from "../kit/fields.ts";
import { inline, mimeOfName, openaiFile, parseDataUrl } from "../kit/media.ts";
import { missing, wrongType, type Notes } from "../kit/notes.ts";
import { decodeBase, DETAILS, fileFeature } from "../kit/openai-parts-decode.ts";
import { decodeAnnotations } from "./citations.ts";
import { DIALECT } from "./dialect.ts";

/** The blocks of a message's content, or of a tool's output. */
export function decodeContent(content: Json, path: string, notes: Notes): readonly Block[] {
  if (typeof content === "string") return [{ kind: "text", text: content }];
  if (!Array.isArray(content)) {
    notes.reject(wrongType(path, "one of a string or array of objects", content));
    return [];
  }
  const list: readonly Json[] = content;
  return list.flatMap((part, index) => {
    const fields = fieldsAt(part, `${path}/${index}`, notes);
    return fields === undefined ? [] : [decodePart(fields, notes)];
  });
}

type Decoder = (part: Fields, notes: Notes) => Block;

function decodeText(part: Fields): Block {
  return { kind: "text", text: part.string("text") ?? "" };
}

const DECODERS: Readonly<Record<string, Decoder>> = {
  input_text: decodeText,
  text: decodeText,
  output_text: decodeOutputText,
  refusal: (part, notes) => {
    notes.use("S02", part.path);
    return { kind: "refusal", text: part.string("refusal") ?? "" };
  },
  input_image: decodeImage,
  input_file: decodeFile,
};

function decodePart(part: Fields, notes: Notes): Block {
  const type = asString(part.record["type"]) ?? "";
  const decode = Object.hasOwn(DECODERS, type) ? DECODERS[type] : undefined;
  if (decode === undefined) return verbatim(part, notes);
  part.skip("type");
  const block = decode(part, notes);
  const base = decodeBase(part, notes);
  const ext = filled([...(block.ext ?? []), ...(base.ext ?? [])]);
  return { ...block, ...base, ...compact({ ext }) };
}

/** A part that only this dialect understands is kept whole: nothing is skipped silently. */
function verbatim(part: Fields, notes: Notes): Block {
  notes.use("R00", part.path);
  const text = notes.document.textOf(part.record);
  return { kind: "vendor", dialect: DIALECT, text, id: "R00" };
}

function decodeOutputText(part: Fields, notes: Notes): Block {
  const text = part.string("text") ?? "";
  // What the model said about its tokens is not what a model reads.
  part.skip("logprobs");
  const citations = filled(decodeAnnotations(part, notes));
  return compact({ kind: "text", text, citations });
}

function decodeImage(part: Fields, notes: Notes): Block {
  const id = part.string("file_id");
  const url = part.string("image_url");
  if (id === undefined && url === undefined) notes.reject(missing(part.at("image_url")));
  const media = id === undefined ? mediaAt(url ?? "") : openaiFile(id);
  notes.use(media.kind === "vendor" ? "B01" : media.kind === "inline" ? "R06" : "R07", part.path);
  const word = part.string("detail");
  const detail = DETAILS.find((known) => known === word);
  // The default says nothing.
  if (detail !== undefined && detail !== "auto") notes.use("R09", part.at("detail"));
  return compact({ kind: "image", media, detail: detail === "auto" ? undefined : detail });
}

function mediaAt(url: string): Media {
  return parseDataUrl(url) ?? { kind: "url", url };
}

function decodeFile(part: Fields, notes: Notes): Block {
  const filename = part.string("filename");
  const media = fileMedia(part, filename, notes);
  // A hint on how closely to look at its pages; the default says nothing.
  const isDefault = part.record["detail"] === "auto";
  if (isDefault) part.skip("detail");
  const detail = isDefault ? [] : part.residue("detail", "R09");
  const content = { kind: "media", media } as const;
  return compact({ kind: "document", content, filename, ext: filled(detail) });
}

function fileMedia(part: Fields, filename: string | undefined, notes: Notes): Media {
  const id = part.string("file_id");
  const url = part.string("file_url");
  const data = part.string("file_data");
  if (id !== undefined) {
    notes.use("B01", part.path);
    return openaiFile(id);
  }
  if (url !== undefined) {
    notes.use("R11", part.path);
    return { kind: "url", url };
  }
  if (data === undefined) notes.reject(missing(part.at("file_data")));
  const named = mimeOfName(filename ?? "");
  const parsed = parseDataUrl(data ?? "") ?? inline(named, data ?? "");
  const vague = parsed.mime === "application/octet-stream";
  const media = vague ? inline(named, parsed.base64) : parsed;
  notes.use(fileFeature(media.mime), part.path);
  return media;
}
