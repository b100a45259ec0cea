// How Messages requests arrive: paths, credentials, headers (translation.md 0.3, A.3).
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
    if (path === "/v1/messages") return CHAT;
    if (path === "/v1/messages/count_tokens") return COUNT;
    if (path === "/v1/models") return MODELS;
    const model = decodeSegment(MODEL_PATH.exec(path)?.[1]);
    return model === undefined ? undefined : { operation: "model", method: "GET", model };
  },
  // The API itself prefers `x-api-key` when both are there (translation.md 0.3).
  credential: (header) => token(header("x-api-key")) ?? bearer(header),
  framing: () => "sse",
  forwardedHeaders: [
    "anthropic-version",
    "anthropic-beta",
    "anthropic-dangerous-direct-browser-access",
    "anthropic-user-profile-id",
    "idempotency-key",
    "x-app",
    "traceparent",
    "tracestate",
  ],
  streamMember: "stream",
};
