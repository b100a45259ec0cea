// How Gemini requests arrive: the model and the verb stand in the path (translation.md 0.3, A.4).
import { bearer, token } from "../kit/credentials.ts";
import { decodeSegment } from "../kit/paths.ts";
import type { Ingress, Operation, RouteMatch } from "../protocol.ts";

const MODELS: RouteMatch = { operation: "models", method: "GET" };

const VERBS: Readonly<
  Record<string, { readonly operation: Operation; readonly stream?: boolean }>
> = {
  generateContent: { operation: "chat", stream: false },
  streamGenerateContent: { operation: "chat", stream: true },
  countTokens: { operation: "count-tokens", stream: false },
  embedContent: { operation: "embeddings", stream: false },
  batchEmbedContents: { operation: "embeddings", stream: false },
};

const CALL = /^\/v1(?:beta\d?)?\/(?:models|tunedModels)\/([^:]+):([A-Za-z]+)$/;
/** Vertex: projects, locations and the publisher are the client's own; only model and verb count. */
const VERTEX =
  /^\/v1(?:beta\d?)?\/(?:projects\/[^/]+\/locations\/[^/]+\/)?publishers\/[^/]+\/models\/([^:/]+):([A-Za-z]+)$/;
const ONE = /^\/v1beta\/models\/([^:]+)$/;

/** How requests of this protocol arrive. */
export const ingress: Ingress = {
  match: (path) => {
    if (path === "/v1beta/models") return MODELS;
    const call = CALL.exec(path) ?? VERTEX.exec(path);
    const verb = call?.[2];
    const model = decodeSegment(call?.[1]);
    const meaning = verb === undefined || !Object.hasOwn(VERBS, verb) ? undefined : VERBS[verb];
    if (model !== undefined && meaning !== undefined) return { ...meaning, method: "POST", model };
    const single = decodeSegment(ONE.exec(path)?.[1]);
    return single === undefined ? undefined : { operation: "model", method: "GET", model: single };
  },
  credential: (header, query) =>
    token(header("x-goog-api-key")) ?? token(query.get("key")) ?? bearer(header),
  // Without `alt=sse` a stream is one JSON array, written piece by piece.
  framing: (query) => (query.get("alt") === "sse" ? "sse" : "json-array"),
  forwardedHeaders: ["x-goog-user-project", "x-goog-api-client", "traceparent", "tracestate"],
};
