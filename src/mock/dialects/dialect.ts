// What the mock knows of one protocol: reading a request, writing the answer whole and in frames. Written from the vendors'
// documents and recorded traffic, independent of the gateway's own codecs, so that each can catch the other's mistakes.
import type { JsonRecord, Printable } from "../../lib/json.ts";
import type { HeaderList, HeaderReader } from "../../protocols/protocol.ts";
import type { Frame } from "../../wire/frame.ts";
import type { Answer, Asked } from "../answer.ts";

/** What an answer needs besides itself. */
export type Context = {
  /** Made of the request's number; ids of this dialect are made from it. */
  readonly id: string;
  readonly model: string;
  /** Unix time in seconds. */
  readonly now: number;
  /** The request's body, for what replies repeat of it. */
  readonly body: JsonRecord;
};

/** A request for embeddings: the texts, how long a vector is wanted, and how many tokens that is. */
export type EmbeddingCall = {
  readonly body: JsonRecord;
  readonly model: string;
  readonly tokens: number;
  /** Last part of the path, where that tells forms of the request apart. */
  readonly path: string;
};

/** One protocol, as a provider speaks it. */
export type Dialect = {
  /** Why the vendor would refuse this chat request; `undefined`: it would not. */
  readonly refusal: (body: JsonRecord, header: HeaderReader) => string | undefined;
  readonly read: (body: JsonRecord) => Asked;
  /** Id of the n-th call of an answer. */
  readonly callId: (id: string, index: number) => string;
  readonly reply: (answer: Answer, context: Context) => Printable;
  readonly frames: (answer: Answer, context: Context) => readonly Frame[];
  /** Headers that come with every success. */
  readonly headers: (id: string) => HeaderList;
  /** Reply to counting tokens; absent where the protocol has no such operation. */
  readonly count?: (tokens: number) => Printable;
  /** Reply to a request for embeddings; absent where the protocol has none. */
  readonly embeddings?: (call: EmbeddingCall) => Printable;
  /** Why the vendor would refuse a request for embeddings; absent: the mock takes everything. */
  readonly embeddingsRefusal?: (body: JsonRecord) => string | undefined;
};
