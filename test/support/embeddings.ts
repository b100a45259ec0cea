// What the tests of embeddings share: a request to encode, and who made it.
import type { EmbeddingsRequest } from "../../src/ir/embeddings.ts";

/** A request for two texts. */
export const REQUEST: EmbeddingsRequest = {
  inputs: ["a", "b"],
  residue: [],
  encodings: ["float"],
  form: "",
};

/** A target without peculiarities. */
export const TARGET = { model: "m", capabilities: {} } as const;

/** A client that made `REQUEST`, or another one. */
export function client(request: EmbeddingsRequest = REQUEST): {
  readonly callId: string;
  readonly model: string;
  readonly request: EmbeddingsRequest;
} {
  return { callId: "call-1", model: "alias", request };
}

/** No headers. */
export const NO_HEADER = (): undefined => undefined;
