// How Responses requests arrive: paths, credentials, headers (translation.md 0.3, A.2).
import { bearer, token } from "../kit/credentials.ts";
import type { Ingress, RouteMatch } from "../protocol.ts";

const CHAT: RouteMatch = { operation: "chat", method: "POST" };
const COUNT: RouteMatch = { operation: "count-tokens", method: "POST" };

/** How requests of this protocol arrive. */
export const ingress: Ingress = {
  match: (path) => {
    const plain = path.startsWith("/openai/v1/") ? path.slice("/openai".length) : path;
    if (plain === "/v1/responses") return CHAT;
    return plain === "/v1/responses/input_tokens" ? COUNT : undefined;
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
