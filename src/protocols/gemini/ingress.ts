// How Gemini requests arrive: the model and the verb stand in the path (translation.md 0.3, A.4).
import { bearer, token } from "../kit/credentials.ts";
import { decodeSegment } from "../kit/paths.ts";
import type { Ingress, Operation, RouteMatch } from "../protocol.ts";

const MODELS: RouteMatch = { operation: "models", method: "GET" };

const VERBS: Readonly<
  Record<
    string,
    { readonly operation: Operation; readonly stream?: boolean; readonly batch?: boolean }
  >
> = {
  generateContent: { operation: "chat", stream: false },
  streamGenerateContent: { operation: "chat", stream: true },
  countTokens: { operation: "count-tokens", stream: false },
  embedContent: { operation: "embeddings", stream: false },
  batchEmbedContents: { operation: "embeddings", stream: false, batch: true },
};

/** The first group is the resource that is called, the second what is asked of it. A model's name may hold colons. */
const CALL = /^\/v1(?:alpha|beta\d?)?\/(.+?)(?::([A-Za-z]+))?$/;
/** Vertex: projects, locations and the publisher are the client's own; only the model counts. */
const VERTEX = /^(?:projects\/[^/]+\/locations\/[^/]+\/)?publishers\/[^/]+\/models\/(.+)$/;

/** How requests of this protocol arrive. */
export const ingress: Ingress = {
  match: (path) => {
    if (path === "/v1beta/models" || path === "/v1/models") return MODELS;
    const [, resource, verb] = CALL.exec(path) ?? [];
    const meaning = verb === undefined || !Object.hasOwn(VERBS, verb) ? undefined : VERBS[verb];
    if (meaning === undefined) return matchModel(path);
    const model = modelOf(resource);
    return model === undefined ? undefined : { ...meaning, method: "POST", model };
  },
  credential: (header, query) =>
    token(header("x-goog-api-key")) ?? token(query.get("key")) ?? bearer(header),
  // Without `alt=sse` a stream is one JSON array, written piece by piece.
  framing: (query) => (query.get("alt") === "sse" ? "sse" : "json-array"),
  forwardedHeaders: ["x-goog-user-project", "x-goog-api-client", "traceparent", "tracestate"],
};

const ONE = /^\/v1(?:alpha|beta\d?)?\/(.+)$/;

function matchModel(path: string): RouteMatch | undefined {
  const model = modelOf(ONE.exec(path)?.[1]);
  return model === undefined ? undefined : { operation: "model", method: "GET", model };
}

/** The model's name in `models/NAME` and in Vertex's longer form; a tuned model keeps its kind in its name. */
function modelOf(resource: string | undefined): string | undefined {
  if (resource === undefined) return undefined;
  if (resource.startsWith("tunedModels/")) return decodeSegment(resource);
  const name = resource.startsWith("models/")
    ? resource.slice("models/".length)
    : VERTEX.exec(resource)?.[1];
  return name === "" ? undefined : decodeSegment(name);
}
