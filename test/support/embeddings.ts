// What the tests of embeddings share: reading documents, and a request to encode.
import { parseJson, printJson, type JsonDocument, type Printable } from "../../src/lib/json.ts";
import type { EmbeddingsRequest } from "../../src/ir/embeddings.ts";

/** A document with this content. */
export function document(content: unknown): JsonDocument {
  const parsed = parseJson(JSON.stringify(content));
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

/** What was written, as its reader sees it. */
export function reread(written: Printable): unknown {
  return JSON.parse(printJson(written));
}

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
