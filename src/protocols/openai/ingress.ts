// How Chat Completions requests arrive: paths, credentials, headers (translation.md 0.3, A.1).
import { bearer, token } from "../kit/credentials.ts";
import { decodeSegment } from "../kit/paths.ts";
import type { ClientCredential, HeaderReader, Ingress, RouteMatch } from "../protocol.ts";

const CHAT: RouteMatch = { operation: "chat", method: "POST" };
const EMBEDDINGS: RouteMatch = { operation: "embeddings", method: "POST" };
const MODELS: RouteMatch = { operation: "models", method: "GET" };

const MODEL_PATH = /^\/v1\/models\/(.+)$/;
/** Azure names the model in the path; the mount `/openai` may already have been taken off. */
const DEPLOYMENT_PATH = /^(?:\/openai)?\/deployments\/([^/]+)(\/.+)$/;

/** How requests of this protocol arrive. */
export const ingress: Ingress = {
  match: (path) => matchDeployment(path) ?? matchPlain(path),
  credential,
  framing: () => "sse",
  forwardedHeaders: [
    "openai-organization",
    "openai-project",
    "openai-beta",
    "idempotency-key",
    "x-client-request-id",
    "http-referer",
    "x-title",
    "traceparent",
    "tracestate",
  ],
  streamMember: "stream",
};

function matchPlain(path: string): RouteMatch | undefined {
  const plain = path.startsWith("/openai/v1/") ? path.slice("/openai".length) : path;
  if (plain === "/v1/chat/completions") return CHAT;
  if (plain === "/v1/embeddings") return EMBEDDINGS;
  if (plain === "/v1/models") return MODELS;
  const model = decodeSegment(MODEL_PATH.exec(plain)?.[1]);
  return model === undefined ? undefined : { operation: "model", method: "GET", model };
}

function matchDeployment(path: string): RouteMatch | undefined {
  const match = DEPLOYMENT_PATH.exec(path);
  const model = decodeSegment(match?.[1]);
  if (match === null || model === undefined) return undefined;
  if (match[2] === "/chat/completions") return { ...CHAT, model };
  if (match[2] === "/embeddings") return { ...EMBEDDINGS, model };
  return undefined;
}

function credential(header: HeaderReader): ClientCredential | undefined {
  return bearer(header) ?? token(header("api-key"));
}
