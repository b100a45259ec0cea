// What a protocol does with conversations that the gateway keeps for its clients (translation.md B03); types only.
import type { JsonDocument, JsonText, Printable } from "../lib/json.ts";
import type { Result } from "../lib/result.ts";
import type { Failure } from "../ir/failure.ts";
import type { Frame } from "../wire/frame.ts";

/** What is kept: whole replies, conversations, and the items that both consist of. */
export type RecordKind = "response" | "conversation" | "item";

/** One thing that is kept, as JSON text. */
export type StateRecord = { readonly kind: RecordKind; readonly id: string; readonly text: string };

/** What the gateway keeps for one tenant. */
export type StateView = {
  /** The text of a record; `undefined`: never there, expired, or put out for want of room. */
  readonly get: (kind: RecordKind, id: string) => string | undefined;
  /** Writes records, new or again; their time to live begins anew. */
  readonly put: (records: readonly StateRecord[]) => void;
  /** Removes a record; says whether it was there. */
  readonly remove: (kind: RecordKind, id: string) => boolean;
};

/** What resolving needs besides the request. */
export type ResolveContext = {
  readonly view: StateView;
  /** Whether it asks for a reply, which may be kept; else only for a count. */
  readonly chat: boolean;
  /** Whether a token is one of the gateway's envelopes, which no provider understands. */
  readonly isSealed: (text: string) => boolean;
  /** Makes an id without prefix. */
  readonly newId: () => string;
};

/** What became of the references in a request. */
export type Resolution = {
  /** The request with its whole history in place of the references; absent: it has none, or not all were found. */
  readonly whole?: {
    /** For decoding. */
    readonly decoded: Printable;
    /** For an upstream of the same protocol, which is to keep nothing itself. */
    readonly passed: Printable;
  };
  /** How to refuse it where nobody but the gateway could know the history; absent: everything was found. */
  readonly missing?: Failure;
  /** Keeps the exchange once the reply is complete; absent: the client does not want that, or it cannot be. */
  readonly keep?: (reply: JsonDocument) => void;
};

/** A request about what is kept. */
export type StateAsk = {
  readonly method: string;
  /** Path as it came, without query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Body, if there is one. */
  readonly document: JsonDocument | undefined;
  /** Unix time in seconds. */
  readonly now: number;
  readonly newId: () => string;
};

/** The answer to it. */
export type StateAnswer =
  | { readonly kind: "document"; readonly body: Printable }
  | { readonly kind: "stream"; readonly frames: readonly Frame[] };

/** Reads, writes and answers questions about kept conversations. Works on documents, not on the neutral model. */
export type State = {
  /** Puts the history in place of references. Fails for a request that contradicts itself. */
  readonly resolve: (
    document: JsonDocument,
    context: ResolveContext,
  ) => Result<Resolution, Failure>;
  /** The complete reply, if a frame of a stream holds it. */
  readonly finished: (frame: Frame) => JsonText | undefined;
  /** Whether a path is about kept conversations, whatever mount or target stands before it. */
  readonly owns: (path: string) => boolean;
  /** Answers; class `not-found`: the gateway does not keep it. */
  readonly answer: (ask: StateAsk, view: StateView) => Result<StateAnswer, Failure>;
};
