// How Responses requests arrive: paths, credentials, headers (translation.md 0.3, A.2).
import { bearer, token } from "../kit/credentials.ts";
import { decodeSegment } from "../kit/paths.ts";
import type { Ingress, RouteMatch } from "../protocol.ts";

const CHAT: RouteMatch = { operation: "chat", method: "POST" };
const COUNT: RouteMatch = { operation: "count-tokens", method: "POST" };
const MODELS: RouteMatch = { operation: "models", method: "GET" };
const MODEL_PATH = /^\/v1\/models\/(.+)$/;

/** How requests of this protocol arrive. */
export const ingress: Ingress = {
  match: (path) => {
    const plain = path.startsWith("/openai/v1/") ? path.slice("/openai".length) : path;
    if (plain === "/v1/responses") return CHAT;
    if (plain === "/v1/responses/input_tokens") return COUNT;
    // Only below this protocol's own mount: elsewhere the paths are those of the vendor's other dialect.
    if (plain === "/v1/models") return MODELS;
    const model = decodeSegment(MODEL_PATH.exec(plain)?.[1]);
    return model === undefined ? undefined : { operation: "model", method: "GET", model };
  },
  credential: (header) => bearer(header) ?? token(header("api-key")),
  framing: () => "sse",
  forwardedHeaders: [
    "openai-organization",
    "openai-project",
    "openai-beta",
    "idempotency-key",
    "x-client-request-id",
    "traceparent",
    "tracestate",
  ],
  streamMember: "stream",
};
