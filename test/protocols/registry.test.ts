// Which protocol a request speaks: paths first, headers only where protocols share a path (translation.md 0.3).
import { expect, test } from "bun:test";
import { detect, PROTOCOL_NAMES, protocolNamed, PROTOCOLS } from "../../src/protocols/registry.ts";

type Given = {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
};

const TARGETS = ["fast", "my pool", "acme/large", "acme", "v2"];

function ask({ path, method = "POST", headers = {}, query = "" }: Given): object {
  const detected = detect({
    method,
    path,
    header: (name) => headers[name],
    query: new URLSearchParams(query),
    isTarget: (name) => TARGETS.includes(name),
  });
  const seen = { kind: detected.kind, protocol: detected.protocol.name };
  if (detected.kind === "method-not-allowed") return { ...seen, allow: detected.allow };
  if (detected.kind === "unknown-route") return seen;
  const { operation, model, stream } = detected.route;
  return {
    ...seen,
    operation,
    ...(model === undefined ? {} : { model }),
    ...(stream === undefined ? {} : { stream }),
    ...(detected.target === undefined ? {} : { target: detected.target }),
  };
}

const match = (protocol: string, operation: string, more: object = {}) => ({
  kind: "match",
  protocol,
  operation,
  ...more,
});

const GOOGLE = { "x-goog-api-key": "k" };

test.each([
  ["/v1/chat/completions", match("openai", "chat")],
  ["/v1/embeddings", match("openai", "embeddings")],
  ["/v1/responses", match("responses", "chat")],
  ["/v1/responses/input_tokens", match("responses", "count-tokens")],
  ["/v1/messages", match("anthropic", "chat")],
  ["/v1/messages/count_tokens", match("anthropic", "count-tokens")],
  ["/v2/chat", match("cohere", "chat")],
  ["/v2/embed", match("cohere", "embeddings")],
  [
    "/v1beta/models/gemini-2.5-pro:generateContent",
    match("gemini", "chat", { model: "gemini-2.5-pro", stream: false }),
  ],
  [
    "/v1/models/gemini-2.5-pro:streamGenerateContent",
    match("gemini", "chat", { model: "gemini-2.5-pro", stream: true }),
  ],
  [
    "/v1/projects/p/locations/us-central1/publishers/google/models/gemini-2.5-pro:countTokens",
    match("gemini", "count-tokens", { model: "gemini-2.5-pro", stream: false }),
  ],
  [
    "/model/us.amazon.nova-micro-v1%3A0/converse",
    match("bedrock", "chat", { model: "us.amazon.nova-micro-v1:0", stream: false }),
  ],
  [
    "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Aapplication-inference-profile%2Fx/converse-stream",
    match("bedrock", "chat", {
      model: "arn:aws:bedrock:us-east-1:1:application-inference-profile/x",
      stream: true,
    }),
  ],
  ["/model/x/count-tokens", match("bedrock", "count-tokens", { model: "x", stream: false })],
])("the path %s decides alone", (path, expected) => {
  expect(ask({ path })).toEqual(expected);
  const misleading = { ...GOOGLE, "anthropic-version": "2023-06-01", "user-agent": "cohere-ai/8" };
  expect(ask({ path, headers: misleading })).toEqual(expected);
});

test.each([
  { name: "no header", headers: {}, protocol: "openai" },
  {
    name: "anthropic-version",
    headers: { "anthropic-version": "2023-06-01" },
    protocol: "anthropic",
  },
  { name: "x-goog-api-key", headers: GOOGLE, protocol: "gemini" },
  { name: "?key=", headers: {}, query: "key=k", protocol: "gemini" },
  { name: "X-Client-Name", headers: { "x-client-name": "app" }, protocol: "cohere" },
  { name: "the Cohere SDK", headers: { "user-agent": "cohere-ai/8.1.0" }, protocol: "cohere" },
])(
  "model lists on the shared path are told apart by $name",
  ({ headers, query = "", protocol }) => {
    const given = { method: "GET", headers, query };
    expect(ask({ path: "/v1/models", ...given })).toEqual(match(protocol, "models"));
    expect(ask({ path: "/v1/models/a%2Fb:c", ...given })).toEqual(
      match(protocol, "model", { model: "a/b:c" }),
    );
    expect(ask({ path: "/fast/v1/models", ...given })).toEqual(
      match(protocol, "models", { target: "fast" }),
    );
  },
);

test("E020 a bearer key on a path of one protocol does not make it another's", () => {
  const headers = { authorization: "Bearer sk-1" };
  expect(ask({ path: "/v1/messages", headers })).toEqual(match("anthropic", "chat"));
  expect(ask({ path: "/v2/embed", headers })).toEqual(match("cohere", "embeddings"));
});

test("a mount makes shared paths unambiguous, whatever the headers say", () => {
  const given = { method: "GET", headers: GOOGLE };
  for (const protocol of ["openai", "responses", "anthropic", "cohere"]) {
    expect(ask({ path: `/${protocol}/v1/models`, ...given })).toEqual(match(protocol, "models"));
  }
  expect(ask({ path: "/gemini/v1beta/models", method: "GET" })).toEqual(match("gemini", "models"));
});

test.each([
  ["/anthropic/v1/messages", match("anthropic", "chat")],
  ["/openai/v1/responses", match("responses", "chat")],
  ["/cohere/v2/chat", match("cohere", "chat")],
  ["/bedrock/model/m/converse", match("bedrock", "chat", { model: "m", stream: false })],
  ["/fast/v1/chat/completions", match("openai", "chat", { target: "fast" })],
  ["/my%20pool/v1/messages", match("anthropic", "chat", { target: "my pool" })],
  ["/acme%2Flarge/v2/chat", match("cohere", "chat", { target: "acme/large" })],
  ["/acme/large/v2/chat", match("cohere", "chat", { target: "acme/large" })],
  ["/acme/v2/chat", match("cohere", "chat", { target: "acme" })],
  ["/v2/v2/chat", match("cohere", "chat", { target: "v2" })],
  [
    "/fast/v1beta/models/x:generateContent",
    match("gemini", "chat", { model: "x", stream: false, target: "fast" }),
  ],
  [
    "/fast/model/x/converse",
    match("bedrock", "chat", { model: "x", stream: false, target: "fast" }),
  ],
  ["/anthropic/fast/v1/messages", match("anthropic", "chat", { target: "fast" })],
])("%s is understood with its mount", (path, expected) => {
  expect(ask({ path })).toEqual(expected);
});

test.each([
  { path: "/v1/unknown", protocol: "openai" },
  { path: "/", protocol: "openai" },
  { path: "/nobody/v1/messages", protocol: "anthropic" },
  { path: "/anthropic/v1/chat/completions", protocol: "anthropic" },
  { path: "/v1/messages/batches", protocol: "anthropic" },
  { path: "/v1/responses/resp_1", protocol: "responses" },
  { path: "/v1beta/cachedContents", protocol: "gemini" },
  { path: "/model/x/invoke-with-response-stream", protocol: "bedrock" },
  { path: "/x", headers: { authorization: "AWS4-HMAC-SHA256 Credential=…" }, protocol: "bedrock" },
  { path: "/v2/rerank", protocol: "cohere" },
  { path: "/%zz/v1/chat/completions", protocol: "openai" },
])("E267 an unknown route is refused in the dialect it looks like: $path", (row) => {
  expect(ask(row)).toEqual({ kind: "unknown-route", protocol: row.protocol });
});

test.each([
  { path: "/v1/chat/completions", method: "GET", protocol: "openai", allow: "POST" },
  { path: "/v1/models", method: "POST", protocol: "openai", allow: "GET" },
  { path: "/fast/v1/messages", method: "PUT", protocol: "anthropic", allow: "POST" },
  { path: "/model/x/converse", method: "GET", protocol: "bedrock", allow: "POST" },
  { path: "/gemini/v1beta/models", method: "DELETE", protocol: "gemini", allow: "GET" },
])("$method $path is refused with what it takes", ({ path, method, protocol, allow }) => {
  expect(ask({ path, method })).toEqual({ kind: "method-not-allowed", protocol, allow });
});

test("every protocol is listed once and knows its own name", () => {
  expect([...PROTOCOL_NAMES].map(String).sort()).toEqual(Object.keys(PROTOCOLS).sort());
  for (const name of PROTOCOL_NAMES) expect(protocolNamed(name).name).toBe(name);
  expect(() => protocolNamed("toString")).toThrow("toString");
});
