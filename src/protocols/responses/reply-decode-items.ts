// Items of the output to neutral blocks (translation.md A.2, B.7). Streams use it too: what an item holds in the end decides,
// and what went out of it before is its beginning.
import { compact, filled } from "../../lib/compact.ts";
import { asArray, asRecord, asString } from "../../lib/json.ts";
import type { Block, Opaque } from "../../ir/block.ts";
import type { TokenLogprob } from "../../ir/reply.ts";
import type { Residue } from "../../ir/request.ts";
import { fieldsAt, type Fields } from "../kit/fields.ts";
import { inline, isBase64, standardBase64 } from "../kit/media.ts";
import type { Notes } from "../kit/notes.ts";
import { decodeTokens } from "../kit/openai-logprobs.ts";
import type { Origin } from "../protocol.ts";
import { decodeAnnotations } from "./citations.ts";
import { DIALECT } from "./dialect.ts";
import { markOf, type Mark } from "./item-ids.ts";
import { readReasoning } from "./request-decode-reasoning.ts";

/** A block of an item. */
export type Part = {
  /** Tells the blocks of one item apart: index of the content for messages, 0 otherwise. */
  readonly key: number;
  readonly block: Block;
  readonly logprobs?: readonly TokenLogprob[];
  /** What a gateway before this one said that the block stands for. */
  readonly mark?: Mark;
};

/** The blocks of one item; those that say nothing are left out. What only this vendor understands stays verbatim. */
export function decodeItem(item: Fields, notes: Notes, origin: Origin): readonly Part[] {
  switch (asString(item.record["type"]) ?? "") {
    case "message":
      return decodeMessage(item, notes);
    case "reasoning":
      return decodeReasoning(item, notes, origin);
    case "function_call":
    case "custom_tool_call":
      return [decodeCall(item, notes)];
    case "image_generation_call":
      return [decodeImage(item, notes)];
    default:
      return [verbatim(item, notes)];
  }
}

function verbatim(item: Fields, notes: Notes): Part {
  notes.use("S06", item.path);
  const text = notes.document.textOf(item.record);
  return { key: 0, block: { kind: "vendor", dialect: DIALECT, text, id: "S06" } };
}

/** Members that every item has, and that say nothing to another dialect. */
const SERVER_MEMBERS = ["type", "id", "status"] as const;

/** Members of a message that are residue; they stay with its first block. */
export function messageResidues(item: Fields): readonly Residue[] {
  item.skip(...SERVER_MEMBERS, "role", "content");
  return [...item.residue("phase", "R79"), ...item.rest("S00")];
}

function decodeMessage(item: Fields, notes: Notes): readonly Part[] {
  const residues = messageResidues(item);
  const text = asString(item.record["content"]);
  const list = text === undefined ? (asArray(item.record["content"]) ?? []) : [{ text }];
  const parts = list.flatMap((entry, key) => {
    const fields = fieldsAt(entry, `${item.at("content")}/${key}`, notes);
    return fields === undefined ? [] : decodePart(fields, key, notes);
  });
  const [first, ...others] = parts;
  if (first === undefined || residues.length === 0) return parts;
  const ext = [...residues, ...(first.block.ext ?? [])];
  return [{ ...first, block: { ...first.block, ext } }, ...others];
}

function decodePart(part: Fields, key: number, notes: Notes): readonly Part[] {
  const type = asString(part.record["type"]) ?? "output_text";
  part.skip("type");
  if (type === "refusal") {
    const text = part.string("refusal") ?? "";
    if (text === "") return [];
    notes.use("S02", part.path);
    return [{ key, block: compact({ kind: "refusal", text, ext: filled(part.rest("S00")) }) }];
  }
  const text = part.string("text");
  if (text === undefined) {
    // No kind of content besides text and refusal is known; it cannot be kept as an item.
    notes.use("S00", part.path);
    return [];
  }
  const citations = decodeAnnotations(part, notes);
  const logprobs = decodeTokens(part.any("logprobs")) ?? [];
  if (logprobs.length > 0) notes.use("S08", part.at("logprobs"));
  if (text === "" && citations.length === 0) return [];
  const ext = filled(part.rest("S00"));
  const block = compact({ kind: "text", text, citations: filled(citations), ext });
  return [compact({ key, block, logprobs: filled(logprobs) })];
}

function decodeReasoning(item: Fields, notes: Notes, origin: Origin): readonly Part[] {
  const data = item.string("encrypted_content") ?? "";
  const block = readReasoning(item, data === "" ? [] : [tokenOf(data, origin)], notes);
  if (block.text !== "") notes.use("S17", item.path);
  if (data !== "") notes.use("S18", item.at("encrypted_content"));
  // Without text and token it only says that the model thought, which the usage says better.
  if (block.text === "" && data === "") return [];
  const mark = markOf(asString(item.record["id"]));
  return [compact({ key: 0, block: { ...block, redacted: mark === "redacted" }, mark })];
}

/** A token of this vendor, as made by the model that answered. */
function tokenOf(data: string, origin: Origin): Opaque {
  return { vendor: origin.vendor, model: origin.model, kind: "encrypted", data };
}

/** A call; what a namespace or another caller says of it has no place in other dialects. */
function decodeCall(item: Fields, notes: Notes): Part {
  const { type } = item.record;
  const custom = type === "custom_tool_call";
  item.skip(...SERVER_MEMBERS);
  if (custom) notes.use("R24", item.path);
  const id = item.string("call_id") ?? "";
  const name = item.string("name") ?? "";
  const argsText = item.string(custom ? "input" : "arguments") ?? "";
  const call = custom ? "custom" : "function";
  const ext = filled(callResidues(item));
  return { key: 0, block: compact({ kind: "toolCall", id, name, argsText, call, ext }) };
}

/** Members of a call that are residue; the model itself calls unless the item says otherwise (R34). */
export function callResidues(item: Fields): readonly Residue[] {
  item.skip(...SERVER_MEMBERS, "call_id", "name", "arguments", "input");
  if (asRecord(item.record["caller"])?.["type"] === "direct") item.skip("caller");
  return item.rest("S00");
}

/** A drawn picture; while it is being drawn, or where it failed, there is none that others could show. */
function decodeImage(item: Fields, notes: Notes): Part {
  const result = asString(item.record["result"]) ?? "";
  if (result === "" || !isBase64(standardBase64(result))) return verbatim(item, notes);
  item.skip(...SERVER_MEMBERS, "result", "output_format");
  notes.use("S19i", item.path);
  const format = asString(item.record["output_format"]);
  const media = inline(format === undefined ? undefined : `image/${format}`, result);
  return { key: 0, block: compact({ kind: "image", media, ext: filled(item.rest("S00")) }) };
}

/**
 * The blocks of all items. A token that a gateway before this one put into an item of its own goes back to the block that it
 * belongs to (B.7).
 */
export function joinParts(parts: readonly Part[]): readonly Block[] {
  const blocks: Block[] = [];
  let held: readonly Opaque[] = [];
  for (const { block, mark } of parts) {
    const { opaque = [] } = block;
    const last = blocks.at(-1);
    if (mark === "next") held = [...held, ...opaque];
    else if (mark !== "previous") {
      blocks.push(held.length === 0 ? block : { ...block, opaque: [...held, ...opaque] });
      held = [];
    } else if (last === undefined) blocks.push({ kind: "text", text: "", opaque });
    else blocks[blocks.length - 1] = { ...last, opaque: [...(last.opaque ?? []), ...opaque] };
  }
  return blocks;
}
