// Embeddings as every protocol's codec reads and writes them: a list of texts in, a list of vectors out; types only
// (translation.md A.7).
import type { Use } from "./loss.ts";

/** What the vectors are for, as far as vendors tell uses apart. */
export type EmbeddingTask =
  | "document"
  | "query"
  | "similarity"
  | "classification"
  | "clustering"
  | "question-answering"
  | "fact-verification"
  | "code-query";

/** A setting with its place, a JSON pointer into the document as its author wrote it. */
export type Given<T> = { readonly value: T; readonly path: string };

/** How a vector is written: as a list of numbers, or as little-endian float32 in base64. */
export type VectorEncoding = "float" | "base64";

/** A request. */
export type EmbeddingsRequest = {
  readonly inputs: readonly string[];
  readonly task?: Given<EmbeddingTask> | undefined;
  /** Length of the vectors; absent: the model's own. */
  readonly dimensions?: Given<number> | undefined;
  /** Which end of a text that is too long may be cut off; `none`: it is an error. */
  readonly truncate?: Given<"none" | "start" | "end"> | undefined;
  /** What no other protocol has a place for. */
  readonly residue: readonly Use[];
  /** How the client wants the vectors. At least one. */
  readonly encodings: readonly VectorEncoding[];
  /** Which of its dialect's forms the request has, where the reply depends on it. */
  readonly form: string;
};

/** A reply: one vector for each text, in order. */
export type EmbeddingsReply = {
  readonly vectors: readonly (readonly number[])[];
  /** Model as the upstream names it. */
  readonly model?: string;
  /** Tokens of all texts; absent where the upstream does not tell. */
  readonly inputTokens?: number;
};
