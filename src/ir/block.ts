// Content: the pieces that turns and replies are made of (translation.md 0.2, B.2, B.4, B.7, B.9).
import type { JsonText } from "../lib/json.ts";
import type { LossId } from "./loss.ts";
import type { Dialect, Residue } from "./request.ts";

/** A prompt-cache breakpoint after the block that carries it (R63), with the lifetime asked for (R63t). */
export type CachePoint = { readonly ttl?: "5m" | "30m" | "1h" };

/** Bytes by value, by address, or by a name that only one vendor can resolve (B01). */
export type Media =
  | { readonly kind: "inline"; readonly mime: string; readonly base64: string }
  | { readonly kind: "url"; readonly url: string; readonly mime?: string }
  | { readonly kind: "vendor"; readonly dialect: Dialect; readonly text: JsonText };

/** A token that proves or hides reasoning; replayed byte for byte to the vendor and model that made it (0.4). */
export type Opaque = {
  /** Vendor family, or "" when a client sent a token whose maker is unknown. */
  readonly vendor: string;
  /** Model that made it, if known. */
  readonly model?: string;
  readonly kind: "signature" | "redacted" | "encrypted" | "thoughtSignature" | "itemId";
  readonly data: string;
};

/** Where a statement in a text comes from (S07a, S07b). */
export type Citation = {
  /** Range in the text of the block, in Unicode code points, end exclusive; absent: the whole block. */
  readonly range?: { readonly start: number; readonly end: number };
  readonly source:
    | { readonly kind: "url"; readonly url: string; readonly title?: string }
    | {
        readonly kind: "document";
        readonly index?: number;
        readonly id?: string;
        readonly title?: string;
      }
    | { readonly kind: "search"; readonly source: string; readonly title?: string };
  /** The words that were cited. */
  readonly quote?: string;
  /** The vendor's own record, verbatim: returned when encoding to the same dialect. */
  readonly native: { readonly dialect: Dialect; readonly text: JsonText };
};

/** What every block may carry. */
export type BlockBase = {
  readonly cache?: CachePoint;
  readonly opaque?: readonly Opaque[];
  readonly ext?: readonly Residue[];
};

/**
 * An item of one vendor that a call or a result was written as: encoding to the same dialect
 * puts it back (R29; docs/adr/0010-foreign-forms-of-calls.md).
 */
export type Native = { readonly dialect: Dialect; readonly text: JsonText };

/** Visible text. `tag: "plan"` marks what a dialect keeps apart as the plan before tool calls (S20). */
export type TextBlock = BlockBase & {
  readonly kind: "text";
  readonly text: string;
  readonly citations?: readonly Citation[];
  readonly tag?: "plan";
};

/** Words with which the model declines (S02). */
export type RefusalBlock = BlockBase & { readonly kind: "refusal"; readonly text: string };

/** Reasoning. `redacted`: no readable text, only an opaque token. An empty text with a signature is kept (R59). */
export type ThinkingBlock = BlockBase & {
  readonly kind: "thinking";
  readonly text: string;
  readonly form: "summary" | "raw";
  readonly redacted: boolean;
};

/** A call of a tool. The arguments stay text: parsing and printing would change them (translation.md B.4). */
export type ToolCallBlock = BlockBase & {
  readonly kind: "toolCall";
  readonly id: string;
  readonly name: string;
  /** Arguments as the model wrote them: JSON for `function` (perhaps cut short), free text for `custom`. */
  readonly argsText: string;
  readonly call: "function" | "custom";
  /** Whether the gateway made the id up because the source had none (R40). */
  readonly idMinted?: boolean;
  /** The vendor's own form of the call, where the client runs a vendor's tool. */
  readonly native?: Native;
};

/** The answer to a call. */
export type ToolResultBlock = BlockBase & {
  readonly kind: "toolResult";
  /** Id of the call. */
  readonly id: string;
  /** Name of the tool, where the source says it. */
  readonly name?: string;
  readonly parts: readonly Block[];
  readonly isError: boolean;
  /** Whether the result answers a free-form call (R24). */
  readonly custom?: boolean;
  /** The vendor's own form of the result, where the client ran a vendor's tool. */
  readonly native?: Native;
};

/** An image with its resolution hint (R09). */
export type ImageBlock = BlockBase & {
  readonly kind: "image";
  readonly media: Media;
  readonly detail?: "low" | "high" | "auto" | "original";
};

/** Sound (R16, R19) with its transcript where the source has one. */
export type AudioBlock = BlockBase & {
  readonly kind: "audio";
  readonly media: Media;
  readonly transcript?: string;
};

/** Moving pictures (R17). */
export type VideoBlock = BlockBase & { readonly kind: "video"; readonly media: Media };

/** A file (R10 to R13): binary media, plain text, or blocks. */
export type DocumentBlock = BlockBase & {
  readonly kind: "document";
  readonly content:
    | { readonly kind: "media"; readonly media: Media }
    | { readonly kind: "text"; readonly text: string; readonly mime: string }
    | { readonly kind: "blocks"; readonly blocks: readonly Block[] };
  readonly filename?: string;
  readonly title?: string;
  readonly context?: string;
  /** Citation switch of this document (R15). */
  readonly citable?: boolean;
};

/** A retrieved passage (R14). */
export type SearchResultBlock = BlockBase & {
  readonly kind: "searchResult";
  readonly source: string;
  readonly title: string;
  readonly parts: readonly Block[];
  readonly citable?: boolean;
};

/** A JSON value as content, for example of a tool result (R36). */
export type JsonBlock = BlockBase & { readonly kind: "json"; readonly text: JsonText };

/** A block that only its own vendor understands (S06, B04, unknown parts): kept verbatim, with the loss it would be. */
export type VendorBlock = BlockBase & {
  readonly kind: "vendor";
  readonly dialect: Dialect;
  readonly text: JsonText;
  readonly id: LossId;
};

/** One piece of content. */
export type Block =
  | TextBlock
  | RefusalBlock
  | ThinkingBlock
  | ToolCallBlock
  | ToolResultBlock
  | ImageBlock
  | AudioBlock
  | VideoBlock
  | DocumentBlock
  | SearchResultBlock
  | JsonBlock
  | VendorBlock;
