// The content of a reply: neutral blocks to parts, in their order. Neighbouring texts are one part, as clients join the pieces
// of a stream; a signature ends its part.
import type { Block, Citation, Opaque } from "../../ir/block.ts";
import { argumentsOf } from "../kit/arguments.ts";
import { codePoints } from "../kit/code-points.ts";
import { GOOGLE_VENDOR } from "../kit/google-vendor.ts";
import { graft, type Draft } from "../kit/residue.ts";
import type { Client } from "../protocol.ts";
import { isMinted } from "./call-ledger.ts";
import { encodeGrounding, type CitedPart } from "./citations.ts";
import { DIALECT } from "./dialect.ts";
import { ownPart } from "./request-encode-parts.ts";

/** What a part is, as far as joining goes. */
export type PartKind = "text" | "thought" | "other";

/** The part that is being written. */
export type Spot = {
  readonly index: number;
  readonly kind: PartKind;
  /** What was written of a text. */
  text: string;
  signed: boolean;
};

/** The spot for the next piece: the same part for a text that goes on, a new one otherwise. */
export function nextSpot(last: Spot | undefined, kind: PartKind): Spot {
  const goesOn = last !== undefined && kind !== "other" && last.kind === kind && !last.signed;
  return goesOn
    ? last
    : { index: last === undefined ? 0 : last.index + 1, kind, text: "", signed: false };
}

/** A citation of some text within a part. */
export type Cited = {
  readonly part: Spot;
  /** Code points of the part before the text. */
  readonly offset: number;
  /** Code points of the text. */
  readonly length: number;
  readonly citation: Citation;
};

/** The grounding of an answer; `undefined`: it cites nothing. */
export function groundingOf(cited: readonly Cited[]): Draft | undefined {
  return encodeGrounding(
    cited.map(({ part, offset, length, citation }): CitedPart => {
      const { start, end } = citation.range ?? { start: 0, end: length };
      const range = { start: offset + start, end: offset + end };
      return { part: part.index, text: part.text, citation: { ...citation, range } };
    }),
  );
}

/** The parts of an answer with its grounding. */
export type EncodedParts = {
  readonly parts: readonly Draft[];
  readonly grounding: Draft | undefined;
  /** Whether texts that stood apart are one now. */
  readonly joined: boolean;
};

/** Encodes the blocks of a whole answer. */
export function encodeBlocks(blocks: readonly Block[], client: Client): EncodedParts {
  const parts: Draft[] = [];
  const cited: Cited[] = [];
  let spot: Spot | undefined;
  let joined = false;
  for (const block of blocks) {
    const draft = encodeBlock(block, client);
    if (draft === undefined) continue;
    // What is nothing but a signature stays a part of its own.
    const isBare = block.kind === "text" && block.text === "";
    const kind = isHidden(block) || isBare ? "other" : kindOf(block);
    const next = nextSpot(spot, kind);
    const offset = codePoints(next.text);
    if (next === spot) {
      joined ||= spot.text !== "";
      parts[next.index] = { ...parts[next.index], ...draft, text: next.text + textOf(block) };
    } else parts.push(draft);
    next.text += textOf(block);
    next.signed = draft["thoughtSignature"] !== undefined;
    const length = codePoints(textOf(block));
    // Without words there is nothing that a source could support.
    const citations = block.kind === "text" && !isBare ? (block.citations ?? []) : [];
    cited.push(...citations.map((citation) => ({ part: next, offset, length, citation })));
    spot = next;
  }
  return { parts, grounding: groundingOf(cited), joined };
}

/** Whether a block is reasoning that nobody may read. */
export function isHidden(block: Pick<Block, "kind"> & { readonly redacted?: boolean }): boolean {
  return block.kind === "thinking" && block.redacted === true;
}

/** How a block joins its neighbours. */
export function kindOf(block: Pick<Block, "kind">): PartKind {
  switch (block.kind) {
    case "text":
    case "refusal":
    case "json":
      return "text";
    case "thinking":
      return "thought";
    case "toolCall":
    case "audio":
    case "image":
    case "vendor":
    case "toolResult":
    case "video":
    case "document":
    case "searchResult":
      return "other";
  }
}

function textOf(block: Block): string {
  return "text" in block && kindOf(block) !== "other" ? block.text : "";
}

/** The part for one block; `undefined`: it has no place, or says nothing. */
export function encodeBlock(block: Block, client: Client): Draft | undefined {
  const thoughtSignature = signatureOf(block.opaque, client);
  switch (block.kind) {
    case "text":
    case "refusal":
    case "json":
    case "thinking": {
      const isEmpty = block.text === "" || isHidden(block);
      if (isEmpty && thoughtSignature === undefined) return undefined;
      if (block.kind !== "thinking")
        return withResidues({ text: block.text, thoughtSignature }, block);
      const thought = { thought: true, thoughtSignature };
      // Hidden reasoning has no text, not even an empty one.
      return withResidues(block.redacted ? thought : { text: block.text, ...thought }, block);
    }
    case "toolCall":
      return withResidues({ functionCall: encodeCall(block), thoughtSignature }, block);
    case "audio":
    case "image": {
      const { media } = block;
      if (media.kind !== "inline") return undefined;
      const inlineData = { mimeType: media.mime, data: media.base64 };
      return withResidues({ inlineData, thoughtSignature }, block);
    }
    case "vendor":
      return block.dialect === DIALECT ? ownPart(block) : undefined;
    case "toolResult":
    case "video":
    case "document":
    case "searchResult":
      return undefined;
  }
}

/** Residues name the part: `/candidates/0/content/parts/1/…`. */
function withResidues(draft: Draft, block: Block): Draft {
  return graft(draft, block.ext, PART_GRAFT);
}

/** How deep a part stands in the pointers of its residues. */
export const PART_GRAFT = { dialect: DIALECT, depth: 5 } as const;

/** What a call is on the wire. */
export type CallHead = {
  readonly id: string;
  readonly name: string;
  readonly call: "function" | "custom";
  readonly argsText: string;
};

function encodeCall({ id, name, call, argsText }: CallHead): Draft {
  const args = call === "custom" ? { input: argsText } : argumentsOf(argsText);
  return { id: isMinted(id) ? undefined : id, name, args };
}

/** Google's own signature as it is, another's token in an envelope; an item's id proves nothing (0.4). */
export function signatureOf(
  tokens: readonly Opaque[] | undefined,
  client: Client,
): string | undefined {
  const token = tokens?.find(({ kind }) => kind !== "itemId") ?? tokens?.[0];
  if (token === undefined) return undefined;
  const isOwn = token.vendor === GOOGLE_VENDOR && token.kind === "thoughtSignature";
  return isOwn ? token.data : client.seal(token);
}
