// How Cohere v2 requests arrive (translation.md 0.3, A.6).
import { bearer } from "../kit/credentials.ts";
import { decodeSegment } from "../kit/paths.ts";
import type { Ingress, RouteMatch } from "../protocol.ts";

const CHAT: RouteMatch = { operation: "chat", method: "POST" };
const EMBEDDINGS: RouteMatch = { operation: "embeddings", method: "POST" };
const MODELS: RouteMatch = { operation: "models", method: "GET" };
const MODEL_PATH = /^\/v1\/models\/(.+)$/;

/** How requests of this protocol arrive. */
export const ingress: Ingress = {
  match: (path) => {
    if (path === "/v2/chat") return CHAT;
    if (path === "/v2/embed") return EMBEDDINGS;
    if (path === "/v1/models") return MODELS;
    const model = decodeSegment(MODEL_PATH.exec(path)?.[1]);
    return model === undefined ? undefined : { operation: "model", method: "GET", model };
  },
  credential: bearer,
  framing: () => "sse",
  forwardedHeaders: ["x-client-name", "x-debug", "traceparent", "tracestate"],
  streamMember: "stream",
};
