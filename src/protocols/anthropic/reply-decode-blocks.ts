// The content of a reply: blocks of this dialect to neutral ones, in their order.
import { compact, filled } from "../../lib/compact.ts";
import { asArray, asRecord, type Json } from "../../lib/json.ts";
import type { Block, Opaque } from "../../ir/block.ts";
import { fieldsAt, type Fields } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";
import { isPlainOrder } from "../kit/plain-order.ts";
import type { Origin } from "../protocol.ts";
import { decodeCitation, noteCitation } from "./citations.ts";
import { DIALECT } from "./dialect.ts";

/** Decodes the content list of a reply. */
export function decodeBlocks(
  content: readonly Json[],
  notes: Notes,
  origin: Origin,
): readonly Block[] {
  const blocks = content.flatMap((entry, index) => {
    const fields = fieldsAt(entry, `/content/${index}`, notes);
    return fields === undefined ? [] : [decodeBlock(fields, notes, origin)];
  });
  if (!isPlainOrder(blocks)) notes.use("S05", "/content");
  return blocks;
}

/** Decodes one whole block. What only this vendor understands stays verbatim. */
function decodeBlock(fields: Fields, notes: Notes, origin: Origin): Block {
  switch (fields.string("type") ?? "") {
    case "text":
      return decodeText(fields, notes);
    case "thinking":
      return decodeThinking(fields, notes, origin);
    case "redacted_thinking":
      return decodeRedacted(fields, notes, origin);
    case "tool_use":
      return decodeCall(fields, notes);
    default:
      notes.use("S06", fields.path);
      return {
        kind: "vendor",
        dialect: DIALECT,
        text: notes.document.textOf(fields.record),
        id: "S06",
      };
  }
}

function decodeText(fields: Fields, notes: Notes): Block {
  const text = fields.string("text") ?? "";
  const list = asArray(fields.record["citations"]) ?? [];
  const citations = list.flatMap((entry) => {
    const citation = decodeCitation(entry, notes.document);
    return citation === undefined ? [] : [{ entry, citation }];
  });
  for (const [index, { entry, citation }] of citations.entries()) {
    noteCitation(entry, citation, `${fields.path}/citations/${index}`, notes);
  }
  // An empty list or `null` says nothing.
  fields.skip("citations");
  return compact({
    kind: "text",
    text,
    citations: filled(citations.map(({ citation }) => citation)),
    ext: filled(fields.rest("S00")),
  });
}

/** A token of this vendor, as made by the model that answered. */
export function signatureOf(data: string, kind: "signature" | "redacted", origin: Origin): Opaque {
  return { vendor: origin.vendor, model: origin.model, kind, data };
}

function decodeThinking(fields: Fields, notes: Notes, origin: Origin): Block {
  const text = fields.string("thinking") ?? "";
  const signature = fields.string("signature") ?? "";
  if (text !== "") notes.use("S17", fields.at("thinking"));
  if (signature !== "") notes.use("S18", fields.at("signature"));
  return compact({
    kind: "thinking",
    text,
    form: "summary",
    redacted: false,
    opaque: signature === "" ? undefined : [signatureOf(signature, "signature", origin)],
    ext: filled(fields.rest("S00")),
  });
}

function decodeRedacted(fields: Fields, notes: Notes, origin: Origin): Block {
  const data = fields.string("data") ?? "";
  notes.use("S18", fields.at("data"));
  return compact({
    kind: "thinking",
    text: "",
    form: "summary",
    redacted: true,
    opaque: [signatureOf(data, "redacted", origin)],
    ext: filled(fields.rest("S00")),
  });
}

function decodeCall(fields: Fields, notes: Notes): Block {
  const input = fields.any("input");
  if (isDirect(fields.record["caller"])) fields.skip("caller");
  return compact({
    kind: "toolCall",
    id: fields.string("id") ?? "",
    name: fields.string("name") ?? "",
    argsText: input === undefined ? "{}" : notes.document.textOf(input),
    call: "function",
    ext: filled(fields.rest("S00")),
  });
}

/** The model itself calls unless the block says otherwise (R34). */
export function isDirect(caller: Json | undefined): boolean {
  const record = asRecord(caller);
  return record?.["type"] === "direct" && Object.keys(record).length === 1;
}
