// The content of a reply: blocks of this dialect to neutral ones, in their order.
import { compact, filled } from "../../lib/compact.ts";
import { asArray, asRecord, asString, type Json } from "../../lib/json.ts";
import type { Block, Opaque } from "../../ir/block.ts";
import { fieldsAt, fieldsOf, type Fields } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";
import { isPlainOrder } from "../kit/plain-order.ts";
import type { Origin } from "../protocol.ts";
import { citationFeature, decodeCitation } from "./citations.ts";
import { DIALECT } from "./dialect.ts";
import { mimeOfFormat } from "./formats.ts";

/** Where the content of a reply stands. */
export const CONTENT = "/output/message/content";

/** Decodes the content list of a reply. */
export function decodeBlocks(
  content: readonly Json[],
  notes: Notes,
  origin: Origin,
): readonly Block[] {
  const blocks = content.flatMap((entry, index) => {
    const fields = fieldsAt(entry, `${CONTENT}/${index}`, notes);
    return fields === undefined ? [] : [decodeBlock(fields, notes, origin)];
  });
  // Some models begin with a text of nothing.
  const said = blocks.filter((block) => block.kind !== "text" || block.text !== "");
  if (!isPlainOrder(said)) notes.use("S05", CONTENT);
  return blocks;
}

/** Decodes one whole block. What only this service understands stays verbatim. */
function decodeBlock(fields: Fields, notes: Notes, origin: Origin): Block {
  const [key = ""] = Object.keys(fields.record);
  const inner = asRecord(fields.record[key]);
  const at = inner === undefined ? undefined : fieldsOf(inner, fields.at(key), notes);
  const block = knownBlock(key, fields, at, { notes, origin });
  if (block === undefined) return verbatim(fields, notes);
  return block;
}

type Reading = { readonly notes: Notes; readonly origin: Origin };

function knownBlock(
  key: string,
  fields: Fields,
  inner: Fields | undefined,
  reading: Reading,
): Block | undefined {
  if (key === "text") return { kind: "text", text: fields.string("text") ?? "" };
  if (inner === undefined || inner.record["type"] === "server_tool_use") return undefined;
  switch (key) {
    case "toolUse":
      return decodeCall(inner, reading.notes);
    case "reasoningContent":
      return decodeReasoning(inner, reading);
    case "citationsContent":
      return decodeCited(inner, reading.notes);
    case "image":
      return decodeImage(inner, reading.notes);
    default:
      return undefined;
  }
}

function verbatim(fields: Fields, notes: Notes): Block {
  notes.use("S06", fields.path);
  const text = notes.document.textOf(fields.record);
  return { kind: "vendor", dialect: DIALECT, text, id: "S06" };
}

function decodeCall(call: Fields, notes: Notes): Block {
  const input = call.any("input");
  return compact({
    kind: "toolCall",
    id: call.string("toolUseId") ?? "",
    name: call.string("name") ?? "",
    argsText: input === undefined ? "{}" : notes.document.textOf(input),
    call: "function",
    ext: filled(call.rest("S00")),
  });
}

/** A token of the model that answered. */
export function tokenOf(data: string, kind: "signature" | "redacted", origin: Origin): Opaque {
  return { vendor: origin.vendor, model: origin.model, kind, data };
}

function decodeReasoning(reasoning: Fields, { notes, origin }: Reading): Block {
  const hidden = reasoning.string("redactedContent");
  const inner = reasoning.fields("reasoningText");
  const text = inner?.string("text") ?? "";
  const proof = hidden ?? inner?.string("signature") ?? "";
  if (text !== "") notes.use("S17", reasoning.path);
  if (proof !== "") notes.use("S18", reasoning.path);
  const kind = hidden === undefined ? "signature" : "redacted";
  return compact({
    kind: "thinking",
    text,
    form: "summary",
    redacted: hidden !== undefined,
    opaque: proof === "" ? undefined : [tokenOf(proof, kind, origin)],
    ext: filled([...(inner?.rest("S00") ?? []), ...reasoning.rest("S00")]),
  });
}

function decodeCited(cited: Fields, notes: Notes): Block {
  const parts = asArray(cited.any("content")) ?? [];
  const text = parts.map((part) => asString(asRecord(part)?.["text"]) ?? "").join("");
  const list = asArray(cited.any("citations")) ?? [];
  const citations = list.flatMap((entry) => decodeCitation(entry, notes.document) ?? []);
  for (const [index, citation] of citations.entries())
    notes.use(citationFeature(citation), `${cited.at("citations")}/${index}`);
  return compact({
    kind: "text",
    text,
    citations: filled(citations),
    ext: filled(cited.rest("S00")),
  });
}

function decodeImage(image: Fields, notes: Notes): Block | undefined {
  const base64 = asString(asRecord(image.record["source"])?.["bytes"]);
  if (base64 === undefined) return undefined;
  notes.use("S19i", image.path);
  const mime = mimeOfFormat("image", image.string("format") ?? "png");
  image.skip("source");
  return { kind: "image", media: { kind: "inline", mime, base64 } };
}
