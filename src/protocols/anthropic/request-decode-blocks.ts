// Content blocks of a request to neutral ones (translation.md A.3, B.2, B.4, B.7). What only this vendor understands stays
// verbatim with the feature whose loss it would be.
import { compact, filled } from "../../lib/compact.ts";
import { asArray, asRecord, asString, type Json } from "../../lib/json.ts";
import type { Block, CachePoint, Opaque, ToolResultBlock } from "../../ir/block.ts";
import type { LossId } from "../../ir/loss.ts";
import type { Residue } from "../../ir/request.ts";
import { fieldsAt, type Fields } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";
import { citationFeature, decodeCitation } from "./citations.ts";
import { DIALECT, VENDOR } from "./dialect.ts";
import { citationSwitch, decodeDocument, decodeImage } from "./request-decode-media.ts";

/** What reading content needs. */
export type ContentContext = {
  readonly notes: Notes;
  readonly unseal: (text: string) => Opaque | undefined;
};

/** Reads a list of blocks. */
export function decodeContent(
  list: readonly Json[],
  path: string,
  reading: ContentContext,
): readonly Block[] {
  return list.flatMap((entry, index) => {
    const fields = fieldsAt(entry, `${path}/${index}`, reading.notes);
    return fields === undefined ? [] : decodeBlock(fields, reading);
  });
}

function decodeBlock(fields: Fields, reading: ContentContext): readonly Block[] {
  const { notes } = reading;
  switch (fields.required("type")) {
    case "text":
      return [
        finish(fields, notes, {
          kind: "text",
          text: fields.required("text"),
          ...citationsOf(fields, notes),
        }),
      ];
    case "image":
      return [finish(fields, notes, decodeImage(fields, notes))];
    case "document":
      return [
        finish(
          fields,
          notes,
          decodeDocument(fields, notes, (list, path) => decodeContent(list, path, reading)),
        ),
      ];
    case "search_result":
      return [finish(fields, notes, decodeSearchResult(fields, reading))];
    case "tool_use":
      return [finish(fields, notes, decodeCall(fields, notes))];
    case "tool_result":
      return [finish(fields, notes, decodeResult(fields, reading))];
    case "thinking":
      return decodeThinking(fields, reading);
    case "redacted_thinking":
      return decodeRedacted(fields, reading);
    default:
      return [verbatim(fields, notes)];
  }
}

/** Adds what any block may carry: its cache point and unknown members. */
function finish<T extends Block>(fields: Fields, notes: Notes, block: T): T {
  const { cache, residues } = cacheOf(fields, notes, "R63");
  const ext = filled([...(block.ext ?? []), ...residues, ...fields.rest("R00")]);
  return {
    ...block,
    ...(cache === undefined ? {} : { cache }),
    ...(ext === undefined ? {} : { ext }),
  };
}

/** A breakpoint, and what its object says besides. */
export type DecodedCache = {
  readonly cache: CachePoint | undefined;
  readonly residues: readonly Residue[];
};

/** The breakpoint of a block or tool; `id` is the feature that it is there. */
export function cacheOf(fields: Fields, notes: Notes, id: LossId): DecodedCache {
  const control = fields.fields("cache_control");
  if (control === undefined) return { cache: undefined, residues: [] };
  notes.use(id, control.path);
  control.skip("type");
  const ttl = asString(control.record["ttl"]);
  if (ttl !== "5m" && ttl !== "1h") return { cache: {}, residues: control.rest("R63t") };
  control.skip("ttl");
  // Five minutes are the default, so saying so chooses nothing.
  if (ttl !== "5m") notes.use("R63t", control.at("ttl"));
  return { cache: { ttl }, residues: control.rest("R00") };
}

function citationsOf(
  fields: Fields,
  notes: Notes,
): Pick<Extract<Block, { kind: "text" }>, "citations"> {
  const list = asArray(fields.record["citations"]) ?? [];
  fields.skip("citations");
  const citations = list.flatMap((entry) => decodeCitation(entry, notes.document) ?? []);
  for (const [index, citation] of citations.entries()) {
    notes.use(citationFeature(citation), `${fields.at("citations")}/${index}`);
  }
  return citations.length === 0 ? {} : { citations };
}

function decodeSearchResult(fields: Fields, reading: ContentContext): Block {
  const { notes } = reading;
  notes.use("R14", fields.path);
  const citable = citationSwitch(fields, notes);
  return compact({
    kind: "searchResult",
    source: fields.required("source"),
    title: fields.required("title"),
    parts: decodeContent(fields.list("content") ?? [], fields.at("content"), reading),
    citable,
  });
}

function decodeCall(fields: Fields, notes: Notes): Block {
  const input = fields.any("input");
  // Who called is the model itself unless the block says otherwise.
  const isDirect = asRecord(fields.record["caller"])?.["type"] === "direct";
  if (isDirect) fields.skip("caller");
  return compact({
    kind: "toolCall",
    id: fields.required("id"),
    name: fields.required("name"),
    argsText: input === undefined ? "{}" : notes.document.textOf(input),
    call: "function",
    ext: filled(isDirect ? [] : fields.residue("caller", "R34")),
  });
}

function decodeResult(fields: Fields, reading: ContentContext): ToolResultBlock {
  const { notes } = reading;
  const value = fields.any("content");
  const text = asString(value);
  const parts =
    text === undefined
      ? decodeContent(asArray(value) ?? [], fields.at("content"), reading)
      : text === ""
        ? []
        : [{ kind: "text" as const, text }];
  const isError = fields.boolean("is_error") === true;
  if (isError) notes.use("R39", fields.path);
  for (const [index, part] of parts.entries()) {
    const path = `${fields.at("content")}/${index}`;
    if (part.kind === "image") notes.use("R37", path);
    if (part.kind === "document") notes.use("R38", path);
  }
  return { kind: "toolResult", id: fields.required("tool_use_id"), parts, isError };
}

function decodeThinking(fields: Fields, reading: ContentContext): readonly Block[] {
  const text = fields.string("thinking") ?? "";
  const signature = fields.string("signature") ?? "";
  if (text !== "") reading.notes.use("R61", fields.path);
  const opaque = tokenOf(fields, signature, "signature", reading);
  const block = { kind: "thinking", text, form: "summary", redacted: false, opaque } as const;
  return [finish<Block>(fields, reading.notes, compact(block))];
}

function decodeRedacted(fields: Fields, reading: ContentContext): readonly Block[] {
  const opaque = tokenOf(fields, fields.string("data") ?? "", "redacted", reading);
  const block = { kind: "thinking", text: "", form: "summary", redacted: true, opaque } as const;
  return [finish<Block>(fields, reading.notes, compact(block))];
}

/** An envelope of ours is opened; anything else is the vendor's own. An empty one counts as none (E176). */
function tokenOf(
  fields: Fields,
  data: string,
  kind: "signature" | "redacted",
  reading: ContentContext,
): readonly Opaque[] | undefined {
  if (data === "") return undefined;
  const sealed = reading.unseal(data);
  reading.notes.use(sealed === undefined ? "R62" : "B08", fields.path);
  return [sealed ?? { vendor: VENDOR, kind, data }];
}

/** What blocks of other types lose when they are dropped. */
const FEATURES: Readonly<Record<string, LossId>> = {
  container_upload: "B04",
  compaction: "B07",
  tool_addition: "R33",
  tool_removal: "R33",
  tool_reference: "R33",
};

function verbatim(fields: Fields, notes: Notes): Block {
  const type = asString(fields.record["type"]) ?? "";
  const id = Object.hasOwn(FEATURES, type) ? (FEATURES[type] ?? "S06") : "S06";
  notes.use(id, fields.path);
  return { kind: "vendor", dialect: DIALECT, text: notes.document.textOf(fields.record), id };
}
