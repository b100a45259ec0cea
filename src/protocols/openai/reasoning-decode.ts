// Reasoning has no official place in Chat Completions. Vendors and clients carry it in members of their own, which are
// read here for requests and replies alike (translation.md 0.4, B.7): structured ones win over plain text.
import { compact, filled } from "../../lib/compact.ts";
import { asArray, asRecord, asString, type Json, type JsonRecord } from "../../lib/json.ts";
import type { Opaque, ThinkingBlock } from "../../ir/block.ts";
import type { LossId } from "../../ir/loss.ts";
import type { Residue } from "../../ir/request.ts";
import type { Fields } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";
import type { DecodeContext } from "../protocol.ts";

/** How carriers are read. */
export type CarrierContext = {
  readonly notes: Notes;
  /** The features that visible and opaque reasoning count as: R61 and R62 in requests, S17 and S18 in replies. */
  readonly visible: LossId;
  readonly hidden: LossId;
  /** Makes a token of what stood in a carrier. */
  readonly token: (text: string, kind: Opaque["kind"]) => Opaque;
  /** Whether a token's text is an envelope of the gateway, which must not go back to a provider as it stands. */
  readonly isEnvelope: (text: string) => boolean;
};

/** How a client's carriers are read: envelopes are opened, other tokens are of an unknown vendor. */
export function carrierContext(notes: Notes, decode: DecodeContext): CarrierContext {
  return {
    notes,
    visible: "R61",
    hidden: "R62",
    token: (text, kind) => decode.unseal(text) ?? { vendor: "", kind, data: text },
    isEnvelope: (text) => text !== "" && decode.unseal(text) !== undefined,
  };
}

/** What the carriers of one message hold. */
export type Carried = {
  readonly blocks: readonly ThinkingBlock[];
  /** Tokens of the message as a whole, which belong to its text. */
  readonly tokens: readonly Opaque[];
  /** The carriers verbatim, for the way back to this dialect; none that holds an envelope. */
  readonly residues: readonly Residue[];
};

/** Reads all carriers of a message. */
export function decodeCarriers(message: Fields, context: CarrierContext): Carried {
  const residues: Residue[] = [];
  const details = detailBlocks(take(message, "reasoning_details", context, residues), context);
  const litellm = thinkingBlocks(take(message, "thinking_blocks", context, residues), context);
  const plain = ["reasoning_content", "reasoning"].map((key) =>
    plainText(message, key, context, residues),
  );
  const text = plain.find((candidate) => candidate !== undefined && candidate !== "");
  const structured = details.length > 0 ? details : litellm;
  const extra = extraTokens(message, context);
  return {
    blocks: structured.length > 0 ? withPlain(structured, text) : plainBlocks(text),
    tokens: extra.tokens,
    residues: [...residues, ...extra.residues],
  };
}

function plainText(
  message: Fields,
  key: string,
  context: CarrierContext,
  residues: Residue[],
): string | undefined {
  const text = asString(message.record[key]);
  if (text !== undefined) residues.push(...message.residue(key, context.visible));
  return text;
}

function take(
  message: Fields,
  key: string,
  context: CarrierContext,
  residues: Residue[],
): readonly JsonRecord[] {
  const list = asArray(message.record[key]);
  if (list === undefined) return [];
  message.skip(key);
  const records = list.map(asRecord).filter((entry) => entry !== undefined);
  if (records.length === 0) return [];
  const sealed = records.some((entry) =>
    ["signature", "data"].some((name) => context.isEnvelope(asString(entry[name]) ?? "")),
  );
  if (sealed) context.notes.use(context.hidden, message.at(key));
  else residues.push(...message.residue(key, context.hidden));
  return records;
}

function plainBlocks(text: string | undefined): readonly ThinkingBlock[] {
  return text === undefined ? [] : [{ kind: "thinking", text, form: "raw", redacted: false }];
}

/** Tokens without text beside a text without tokens are one block. */
function withPlain(
  blocks: readonly ThinkingBlock[],
  text: string | undefined,
): readonly ThinkingBlock[] {
  const [first, ...others] = blocks;
  if (first === undefined || text === undefined || blocks.some((block) => block.text !== "")) {
    return blocks;
  }
  return [{ ...first, text, redacted: false }, ...others];
}

/** The block under construction, with what says whether the next entry continues it. */
type Growing = { block: ThinkingBlock; readonly index: Json | undefined };

function detailBlocks(
  entries: readonly JsonRecord[],
  context: CarrierContext,
): readonly ThinkingBlock[] {
  const grown: Growing[] = [];
  for (const entry of entries) {
    const last = grown.at(-1);
    const text = asString(entry["text"]) ?? asString(entry["summary"]);
    const tokens = detailTokens(entry, context);
    if (last !== undefined && continues(last, entry, text)) {
      last.block = {
        ...last.block,
        text: last.block.text + (text ?? ""),
        opaque: [...(last.block.opaque ?? []), ...tokens],
      };
    } else grown.push({ block: detailBlock(entry, text, tokens), index: entry["index"] });
  }
  return grown.map(({ block }) => withoutEmptyOpaque(block));
}

/** Pieces of one block share an index; a summary is followed by its own encrypted form. */
function continues(last: Growing, entry: JsonRecord, text: string | undefined): boolean {
  const { block, index } = last;
  const isEncrypted = entry["type"] === "reasoning.encrypted";
  const sameIndex = index !== undefined && index === entry["index"];
  const isSigned = (block.opaque ?? []).length > 0;
  if (isEncrypted) return sameIndex || (block.form === "summary" && !isSigned);
  return sameIndex && !isSigned && !block.redacted && text !== undefined;
}

function detailBlock(
  entry: JsonRecord,
  text: string | undefined,
  opaque: readonly Opaque[],
): ThinkingBlock {
  const form = entry["type"] === "reasoning.summary" ? "summary" : "raw";
  const redacted = entry["type"] === "reasoning.encrypted";
  return { kind: "thinking", text: text ?? "", form, redacted, opaque };
}

function withoutEmptyOpaque(block: ThinkingBlock): ThinkingBlock {
  const { opaque = [], ...rest } = block;
  return { ...rest, ...compact({ opaque: filled(opaque) }) };
}

/** The tokens of one entry of `reasoning_details`. */
export function detailTokens(entry: JsonRecord, context: CarrierContext): readonly Opaque[] {
  const format = asString(entry["format"]) ?? "";
  const signature = asString(entry["signature"]);
  const data = asString(entry["data"]);
  const id = asString(entry["id"]);
  const tokens: Opaque[] = [];
  if (signature !== undefined && signature !== "") {
    tokens.push(
      context.token(signature, format.startsWith("google") ? "thoughtSignature" : "signature"),
    );
  }
  if (data !== undefined && data !== "") {
    tokens.push(context.token(data, format.startsWith("anthropic") ? "redacted" : "encrypted"));
    if (id !== undefined && id !== "") tokens.push(context.token(id, "itemId"));
  }
  return tokens;
}

/** LiteLLM shows Anthropic's own blocks. */
function thinkingBlocks(
  entries: readonly JsonRecord[],
  context: CarrierContext,
): readonly ThinkingBlock[] {
  return entries.map((entry) => {
    const redacted = entry["type"] === "redacted_thinking";
    const text = asString(entry["thinking"]) ?? "";
    const token = asString(entry[redacted ? "data" : "signature"]) ?? "";
    const kind = redacted ? "redacted" : "signature";
    const opaque = token === "" ? [] : [context.token(token, kind)];
    return withoutEmptyOpaque({ kind: "thinking", text, form: "raw", redacted, opaque });
  });
}

/** Google's compatible endpoint: `extra_content.google.thought_signature`, on a message or on a call. */
export function extraTokens(
  holder: Fields,
  context: CarrierContext,
): Pick<Carried, "tokens" | "residues"> {
  const google = asRecord(asRecord(holder.record["extra_content"])?.["google"]);
  const signature =
    asString(google?.["thought_signature"]) ?? asString(holder.record["thought_signature"]);
  if (signature === undefined || signature === "") return { tokens: [], residues: [] };
  const tokens = [context.token(signature, "thoughtSignature")];
  const keys = ["extra_content", "thought_signature"];
  if (context.isEnvelope(signature)) {
    holder.skip(...keys);
    context.notes.use(context.hidden, holder.at("extra_content"));
    return { tokens, residues: [] };
  }
  noteBeside(holder, google, context);
  return { tokens, residues: keys.flatMap((key) => holder.residue(key, context.hidden)) };
}

/** What stands beside the signature, or is its second spelling, is known here only. */
function noteBeside(
  holder: Fields,
  google: ReturnType<typeof asRecord>,
  { notes }: CarrierContext,
): void {
  const others = notes.strict ? "R00" : "S00";
  for (const key of Object.keys(google ?? {})) {
    if (key !== "thought_signature")
      notes.use(others, `${holder.at("extra_content")}/google/${key}`);
  }
  if (google !== undefined && holder.record["thought_signature"] !== undefined)
    notes.use(others, holder.at("thought_signature"));
}
