// Content blocks, each a record with one member that says what it is (translation.md A.5, B.2, B.4, B.7, B.8).
import { compact, filled } from "../../lib/compact.ts";
import { asRecord, asString, jsonText, type Json } from "../../lib/json.ts";
import type { Block, CachePoint, Opaque } from "../../ir/block.ts";
import type { LossId } from "../../ir/loss.ts";
import type { Residue } from "../../ir/request.ts";
import { CLAUDE_VENDOR } from "../kit/claude-vendor.ts";
import { fieldsAt, type Fields } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";
import { pointer } from "../kit/pointer.ts";
import type { DecodeContext } from "../protocol.ts";
import { decodeCitation } from "./citations.ts";
import { DIALECT } from "./dialect.ts";
import {
  blockPath,
  decodeMedia,
  type ContentContext,
  type DecodedContent,
} from "./request-decode-media.ts";

/** Decodes a list; a cache point marks the block before it (R63). */
export function decodeContent(
  list: readonly Json[],
  path: string,
  reading: ContentContext,
): DecodedContent {
  const blocks: Block[] = [];
  const ext: Residue[] = [];
  for (const [index, entry] of list.entries()) {
    const fields = fieldsAt(entry, `${path}/${index}`, reading.notes);
    if (fields === undefined) continue;
    const point = cachePointOf(fields, reading.notes);
    const last = blocks.at(-1);
    if (point === undefined) blocks.push(decodeBlock(fields, reading));
    else if (last !== undefined) blocks[blocks.length - 1] = { ...last, cache: point };
    // Before the first block there is nothing to mark (E049).
    else ext.push(leading(fields, reading.notes));
  }
  return { blocks, ext };
}

/** The lifetime of a `cachePoint`; `undefined`: the block is none. */
export function cachePointOf(fields: Fields, notes: Notes): CachePoint | undefined {
  const point = asRecord(fields.record["cachePoint"]);
  if (point === undefined) return undefined;
  const ttl = asString(point["ttl"]);
  notes.use("R63", fields.path);
  // Five minutes are the default.
  if (ttl === "1h") notes.use("R63t", `${fields.path}/cachePoint/ttl`);
  return ttl === "5m" || ttl === "1h" ? { ttl } : {};
}

function leading(fields: Fields, notes: Notes): Residue {
  notes.use("R63", fields.path);
  const text = notes.document.textOf(fields.record);
  return { dialect: DIALECT, path: fields.path, text, id: "R63" };
}

type Decoder = (value: Json, path: string, reading: ContentContext) => Block | undefined;

const DECODERS: Readonly<Record<string, Decoder>> = {
  text: (value) => (typeof value === "string" ? { kind: "text", text: value } : undefined),
  json: (value, path, { notes }) => {
    notes.use("R36", blockPath(path));
    return { kind: "json", text: notes.document.textOf(value) };
  },
  image: decodeMedia("image", decodeContent),
  document: decodeMedia("document", decodeContent),
  video: decodeMedia("video", decodeContent),
  audio: decodeMedia("audio", decodeContent),
  toolUse: decodeCall,
  toolResult: decodeResult,
  reasoningContent: decodeReasoning,
  citationsContent: decodeCited,
  searchResult: decodeSearchResult,
  guardContent: decodeGuarded,
};

/** Blocks that only this service understands, with the feature that they are. */
const VERBATIM: Readonly<Record<string, LossId>> = {
  guardContent: "B05",
  toolAddition: "R33",
  toolRemoval: "R33",
};

function decodeBlock(fields: Fields, reading: ContentContext): Block {
  const [key = ""] = Object.keys(fields.record);
  const decode = Object.hasOwn(DECODERS, key) ? DECODERS[key] : undefined;
  const value = fields.record[key] ?? null;
  const block = decode?.(value, pointer(fields.path, key), reading);
  if (block === undefined) return verbatim(fields, key, reading.notes);
  fields.skip(key);
  const ext = filled([...(block.ext ?? []), ...fields.rest("R00")]);
  return { ...block, ...compact({ ext }) };
}

function verbatim(fields: Fields, key: string, notes: Notes): Block {
  const id = (Object.hasOwn(VERBATIM, key) ? VERBATIM[key] : undefined) ?? "R00";
  notes.use(id, fields.path);
  const text = notes.document.textOf(fields.record);
  return { kind: "vendor", dialect: DIALECT, text, id };
}

function decodeCall(value: Json, path: string, { notes }: ContentContext): Block | undefined {
  const call = fieldsAt(value, path, notes);
  // What the service itself called is no call of the client's.
  if (call === undefined || call.record["type"] === "server_tool_use") {
    return call === undefined ? undefined : hosted(call, path, notes, "toolUse");
  }
  const input = call.any("input");
  return compact({
    kind: "toolCall",
    id: call.required("toolUseId"),
    name: call.required("name"),
    argsText: input === undefined ? "{}" : notes.document.textOf(input),
    call: "function",
    ext: filled(call.rest("R00")),
  });
}

function hosted(inner: Fields, path: string, notes: Notes, key: string): Block {
  notes.use("S06", blockPath(path));
  const text = JSON.stringify(key);
  const whole = `{${text}:${notes.document.textOf(inner.record)}}`;
  return { kind: "vendor", dialect: DIALECT, text: verbatimText(whole), id: "S06" };
}

function verbatimText(text: string): Extract<Block, { kind: "vendor" }>["text"] {
  const parsed = jsonText(text);
  if (parsed === undefined) throw new Error("JSON around JSON is JSON");
  return parsed;
}

function decodeResult(value: Json, path: string, reading: ContentContext): Block | undefined {
  const { notes } = reading;
  const result = fieldsAt(value, path, notes);
  if (result === undefined) return undefined;
  if (asString(result.record["type"]) !== undefined)
    return hosted(result, path, notes, "toolResult");
  const { blocks, ext } = decodeContent(
    result.list("content") ?? [],
    result.at("content"),
    reading,
  );
  const isError = result.string("status") === "error";
  if (isError) notes.use("R39", blockPath(path));
  for (const part of blocks) {
    if (part.kind === "image") notes.use("R37", blockPath(path));
    if (part.kind === "document") notes.use("R38", blockPath(path));
  }
  return compact({
    kind: "toolResult",
    id: result.required("toolUseId"),
    parts: blocks,
    isError,
    ext: filled([...ext, ...result.rest("R00")]),
  });
}

function decodeReasoning(value: Json, path: string, reading: ContentContext): Block | undefined {
  const reasoning = fieldsAt(value, path, reading.notes);
  if (reasoning === undefined) return undefined;
  const hidden = reasoning.string("redactedContent");
  const inner = reasoning.fields("reasoningText");
  const text = inner?.string("text") ?? "";
  const signature = inner?.string("signature");
  const ext = [...(inner?.rest("R00") ?? []), ...reasoning.rest("R00")];
  if (hidden !== undefined) return thinking({ text, hidden, ext }, path, reading);
  return inner === undefined ? undefined : thinking({ text, signature, ext }, path, reading);
}

type Thought = {
  readonly text: string;
  readonly signature?: string | undefined;
  readonly hidden?: string;
  readonly ext: readonly Residue[];
};

function thinking(thought: Thought, path: string, reading: ContentContext): Block {
  const { text, signature = "", hidden, ext } = thought;
  const proof = hidden ?? signature;
  const kind = hidden === undefined ? "signature" : "redacted";
  const opaque = proof === "" ? [] : [tokenOf(proof, kind, reading.context)];
  noteReasoning(text, opaque, blockPath(path), reading.notes);
  return compact({
    kind: "thinking",
    text,
    form: "summary",
    redacted: hidden !== undefined,
    opaque: filled(opaque),
    ext: filled(ext),
  });
}

function noteReasoning(text: string, opaque: readonly Opaque[], path: string, notes: Notes): void {
  if (text !== "") notes.use("R61", path);
  if (opaque.length > 0) notes.use("R62", path);
}

/** An envelope is opened; another token is Claude's, of which the service hosts every model that signs (0.4). */
function tokenOf(data: string, kind: "signature" | "redacted", context: DecodeContext): Opaque {
  return context.unseal(data) ?? { vendor: CLAUDE_VENDOR, kind, data };
}

function decodeCited(value: Json, path: string, { notes }: ContentContext): Block | undefined {
  const cited = fieldsAt(value, path, notes);
  if (cited === undefined) return undefined;
  const text = (cited.list("content") ?? []).map(
    (part) => asString(asRecord(part)?.["text"]) ?? "",
  );
  const list = cited.list("citations") ?? [];
  const citations = list.flatMap((entry) => decodeCitation(entry, notes.document) ?? []);
  return compact({
    kind: "text",
    text: text.join(""),
    citations: filled(citations),
    ext: filled(cited.rest("R00")),
  });
}

/** What a guardrail looks at is content all the same; that it was marked for one only this service knows (B05). */
function decodeGuarded(value: Json, path: string, reading: ContentContext): Block | undefined {
  const { notes } = reading;
  const record = asRecord(value);
  const text = asString(asRecord(record?.["text"])?.["text"]);
  const image = asRecord(record?.["image"]);
  const block: Block | undefined =
    text !== undefined
      ? { kind: "text", text }
      : image && decodeMedia("image", decodeContent)(image, `${path}/image`, reading);
  if (block === undefined) return undefined;
  notes.use("B05", path);
  const marked = { dialect: DIALECT, path, text: notes.document.textOf(value), id: "B05" } as const;
  return { ...block, ext: [marked] };
}

function decodeSearchResult(value: Json, path: string, reading: ContentContext): Block | undefined {
  const { notes } = reading;
  const result = fieldsAt(value, path, notes);
  if (result === undefined) return undefined;
  notes.use("R14", blockPath(path));
  const { blocks } = decodeContent(result.list("content") ?? [], result.at("content"), reading);
  const switches = result.fields("citations");
  const citable = switches?.boolean("enabled");
  if (citable !== undefined) notes.use("R15", result.at("citations"));
  return compact({
    kind: "searchResult",
    source: result.string("source") ?? "",
    title: result.string("title") ?? "",
    parts: blocks,
    citable,
    ext: filled([...(switches?.rest("R00") ?? []), ...result.rest("R00")]),
  });
}
