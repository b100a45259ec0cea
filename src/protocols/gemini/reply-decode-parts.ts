// The content of a reply: parts to neutral blocks, in their order.
import { compact, filled } from "../../lib/compact.ts";
import { asRecord, asString, type Json } from "../../lib/json.ts";
import type { Block, Opaque, ToolCallBlock } from "../../ir/block.ts";
import { fieldsAt, type Fields } from "../kit/fields.ts";
import { inline } from "../kit/media.ts";
import type { Notes } from "../kit/notes.ts";
import type { Origin } from "../protocol.ts";
import { isMinted, mintId } from "./call-ledger.ts";
import { DIALECT } from "./dialect.ts";
import { isSentinel } from "./sentinel.ts";

/** What decoding a reply needs. */
export type ReplyReading = {
  readonly notes: Notes;
  readonly origin: Origin;
  /** Id of the reply, from which ids of calls without one are made. */
  readonly replyId: string;
};

/** Where the parts stand. */
export type PartsPlace = { readonly path: string; readonly candidate: number };

/** The blocks, each with the index of its part. */
export type DecodedParts = {
  readonly blocks: readonly Block[];
  readonly indexes: readonly number[];
};

/** Decodes the parts of one answer. */
export function decodeParts(
  parts: readonly Json[],
  { path, candidate }: PartsPlace,
  reading: ReplyReading,
): DecodedParts {
  let calls = 0;
  const found = parts.flatMap((entry, index) => {
    const part = fieldsAt(entry, `${path}/${index}`, reading.notes);
    const block = part === undefined ? undefined : decodePart(part, { candidate, calls }, reading);
    if (block?.kind === "toolCall") calls += 1;
    return block === undefined ? [] : [{ block, index }];
  });
  return { blocks: found.map(({ block }) => block), indexes: found.map(({ index }) => index) };
}

/** Which call of the answer a part would be. */
export type CallPlace = { readonly candidate: number; readonly calls: number };

/** Decodes one part; `undefined`: it holds nothing. What only this vendor understands stays verbatim. */
export function decodePart(
  part: Fields,
  place: CallPlace,
  reading: ReplyReading,
): Block | undefined {
  const opaque = tokensOf(part, reading);
  const block = knownPart(part, place, reading);
  if (block === undefined) return verbatim(part, reading.notes);
  if (block.kind === "text" && block.text === "" && opaque.length === 0) return undefined;
  const ext = filled([...(block.ext ?? []), ...part.rest("S00")]);
  return { ...block, ...compact({ opaque: filled(opaque), ext }) };
}

function knownPart(part: Fields, place: CallPlace, reading: ReplyReading): Block | undefined {
  const text = asString(part.record["text"]);
  if (text !== undefined) return decodeText(part, text, reading.notes);
  const call = asRecord(part.record["functionCall"]);
  if (call !== undefined) return decodeCall(part, place, reading);
  if (asRecord(part.record["inlineData"]) !== undefined) return decodeMedia(part, reading.notes);
  const data = Object.keys(part.record).filter((key) => !MODIFIERS.has(key));
  if (data.length > 0 || asString(part.record["thoughtSignature"]) === undefined) return undefined;
  // A part of nothing but a signature; as a thought it is one that nobody may read.
  const hidden = { kind: "thinking", text: "", form: "summary", redacted: true } as const;
  return part.boolean("thought") === true ? hidden : { kind: "text", text: "" };
}

/** Members that say nothing by themselves. */
const MODIFIERS: ReadonlySet<string> = new Set(["thought", "thoughtSignature"]);

function decodeText(part: Fields, text: string, notes: Notes): Block {
  part.skip("text");
  if (part.boolean("thought") !== true) return { kind: "text", text };
  if (text !== "") notes.use("S17", part.path);
  return { kind: "thinking", text, form: "summary", redacted: false };
}

/** The signature of a part, which its own model made. */
function tokensOf(part: Fields, { notes, origin }: ReplyReading): readonly Opaque[] {
  const data = part.string("thoughtSignature") ?? "";
  // The word for no signature proves nothing, and is nobody else's business (E181).
  if (data === "" || isSentinel(data)) return [];
  notes.use("S18", part.path);
  return [{ vendor: origin.vendor, model: origin.model, kind: "thoughtSignature", data }];
}

function decodeCall(part: Fields, place: CallPlace, reading: ReplyReading): ToolCallBlock {
  const { notes, replyId } = reading;
  const call = part.fields("functionCall");
  const name = call?.string("name") ?? "";
  const args = call?.any("args");
  const given = call?.string("id") ?? "";
  const id = given === "" ? mintId(replyId, place.candidate, place.calls, name) : given;
  return compact({
    kind: "toolCall",
    id,
    name,
    argsText: args === undefined ? "{}" : notes.document.textOf(args),
    call: "function",
    idMinted: isMinted(id) ? true : undefined,
    ext: filled(call?.rest("S00") ?? []),
  });
}

function decodeMedia(part: Fields, notes: Notes): Block | undefined {
  const data = part.fields("inlineData");
  const base64 = data?.string("data");
  if (data === undefined || base64 === undefined) return undefined;
  const media = inline(data.string("mimeType"), base64);
  const kind = media.mime.startsWith("audio/") ? "audio" : "image";
  notes.use(kind === "audio" ? "S19" : "S19i", part.path);
  return compact({ kind, media, ext: filled(data.rest("S00")) });
}

function verbatim(part: Fields, notes: Notes): Block {
  notes.use("S06", part.path);
  const text = notes.document.textOf(part.record);
  return { kind: "vendor", dialect: DIALECT, text, id: "S06" };
}
