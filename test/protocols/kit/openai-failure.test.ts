// Errors of OpenAI and its kin, both ways. Bodies are the vendors' own words.
import { expect, test } from "bun:test";
import type { FailureClass } from "../../../src/ir/failure.ts";
import { printJson } from "../../../src/lib/json.ts";
import { openai } from "../../../src/protocols/openai/index.ts";
import { failureIn } from "../../../src/protocols/kit/openai-failure.ts";
import { recorded } from "../../support/corpus.ts";
import { judgeOpenai } from "../../support/judge-openai.ts";

const { decode, encode } = openai.failure;

function classOf(status: number, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return decode(status, (name) => headers[name], new TextEncoder().encode(text));
}

const error = (fields: Record<string, unknown>) => ({ error: fields });

test.each<[string, number, unknown, FailureClass]>([
  [
    "invalid parameter",
    400,
    error({ message: "Unsupported value", code: "unsupported_value" }),
    "invalid",
  ],
  [
    "bad key",
    401,
    error({ message: "Incorrect API key provided", code: "invalid_api_key" }),
    "unauthenticated",
  ],
  [
    "Azure bad key",
    401,
    error({ code: "401", message: "Access denied due to invalid subscription key" }),
    "unauthenticated",
  ],
  [
    "E027 Google bad key as 400",
    400,
    [
      error({
        code: 400,
        message: "API key not valid. Please pass a valid API key.",
        status: "INVALID_ARGUMENT",
      }),
    ],
    "unauthenticated",
  ],
  [
    "DeepSeek without money",
    402,
    error({
      message: "Insufficient Balance",
      type: "unknown_error",
      code: "invalid_request_error",
    }),
    "quota-exhausted",
  ],
  [
    "quota",
    429,
    error({
      message: "You exceeded your current quota, please check your plan",
      type: "insufficient_quota",
      code: "insufficient_quota",
    }),
    "quota-exhausted",
  ],
  [
    "OpenRouter credits",
    402,
    error({ message: "This request requires more credits", code: 402 }),
    "quota-exhausted",
  ],
  [
    "rate limit",
    429,
    error({
      message: "Rate limit reached for gpt-4o",
      type: "tokens",
      code: "rate_limit_exceeded",
    }),
    "rate-limited",
  ],
  [
    "OpenRouter's upstream limit",
    429,
    error({
      message: "Provider returned error",
      code: 429,
      metadata: { raw: "model is temporarily rate-limited upstream" },
    }),
    "rate-limited",
  ],
  [
    "busy as 429",
    429,
    error({
      message: "Engine is currently overloaded, please try again later",
      type: "engine_overloaded_error",
    }),
    "overloaded",
  ],
  [
    "unknown model",
    404,
    error({
      message: "The model `x` does not exist or you do not have access to it.",
      code: "model_not_found",
    }),
    "model-unknown",
  ],
  [
    "Azure deployment",
    404,
    error({
      message: "The API deployment for this resource does not exist.",
      code: "DeploymentNotFound",
    }),
    "model-unknown",
  ],
  [
    "OpenRouter's unknown model",
    400,
    error({ message: "foo/bar is not a valid model ID", code: 400 }),
    "model-unknown",
  ],
  [
    "Mistral's bare body",
    400,
    { object: "error", message: "Invalid model: x", type: "invalid_model", code: "1500" },
    "model-unknown",
  ],
  ["unknown path", 404, error({ message: "Invalid URL (POST /v1/x)" }), "not-found"],
  [
    "content filter",
    400,
    error({
      message: "The response was filtered",
      code: "content_filter",
      innererror: { code: "ResponsibleAIPolicyViolation" },
    }),
    "content-refused",
  ],
  ["moderation", 403, error({ message: "Your input was flagged", code: 403 }), "content-refused"],
  [
    "region",
    403,
    error({ message: "Country not supported", code: "unsupported_country_region_territory" }),
    "forbidden",
  ],
  ["too large", 413, "Request Entity Too Large", "too-large"],
  [
    "FastAPI validation",
    422,
    { detail: [{ loc: ["body", "messages"], msg: "field required", type: "value_error.missing" }] },
    "invalid",
  ],
  [
    "server error",
    500,
    error({ message: "The server had an error", type: "server_error" }),
    "server-error",
  ],
  ["overloaded", 503, error({ message: "The engine is currently overloaded" }), "overloaded"],
  [
    "E263 a proxy's page",
    502,
    "<html><head><title>x</title></head><body><h1>502 Bad Gateway</h1></body></html>",
    "server-error",
  ],
  ["gateway time-out", 504, "", "timeout"],
  ["Groq flex", 498, error({ message: "capacity" }), "overloaded"],
  ["unlisted status", 418, "teapot", "invalid"],
])("%s", (_, status, body, expected) => {
  const failure = classOf(status, body);
  expect(failure.class).toBe(expected);
  expect(failure.status).toBe(status);
});

test.each([
  [
    "OpenAI",
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
  ],
  ["Groq", "Please reduce the length of the messages or completion."],
  ["vLLM", "The decoder prompt is longer than max_model_len"],
  ["OpenRouter", "This endpoint's maximum context length is 4096 tokens."],
  [
    "xAI",
    "This model's maximum prompt length is 131072 but the request contains 200000: too many tokens",
  ],
  ["Together", "Input is too long: inputs tokens + max_new_tokens must be <= 4097"],
  ["Anthropic behind a compatible endpoint", "prompt is too long: 210000 tokens > 200000 maximum"],
])("E265 %s says that the context is too long", (_, message) => {
  expect(classOf(400, error({ message })).class).toBe("context-length");
});

test("the page of a proxy becomes one line of text", () => {
  const failure = classOf(
    502,
    "<html><style>a{}</style><body>\n<h1>502 Bad Gateway</h1>nginx</body></html>",
  );
  expect(failure.message).toBe("502 Bad Gateway nginx");
});

test("what the error names is kept", () => {
  const failure = classOf(
    400,
    error({ message: "m", type: "t", code: "c", param: "messages[0].role" }),
  );
  expect(failure).toEqual({
    class: "invalid",
    message: "m",
    status: 400,
    type: "t",
    code: "c",
    param: "messages[0].role",
  });
});

test.each([
  { headers: { "retry-after": "12" }, wait: 12_000 },
  { headers: { "retry-after-ms": "250", "retry-after": "9" }, wait: 250 },
  {
    headers: {
      "retry-after": "Wed, 21 Oct 2026 07:28:30 GMT",
      date: "Wed, 21 Oct 2026 07:28:00 GMT",
    },
    wait: 30_000,
  },
  {
    headers: {
      "x-ratelimit-remaining-requests": "0",
      "x-ratelimit-reset-requests": "1m0.5s",
      "x-ratelimit-remaining-tokens": "17",
      "x-ratelimit-reset-tokens": "6h",
    },
    wait: 60_500,
  },
])("reads the wait from $headers", ({ headers, wait }) => {
  expect(
    classOf(429, error({ message: "slow down" }), headers as Record<string, string>).retryAfter,
  ).toBe(wait);
});

test("reads the wait from the words", () => {
  const message = "Rate limit reached. Please try again in 7m12.5s. Visit the page.";
  expect(classOf(429, error({ message })).retryAfter).toBe(432_500);
});

test("a recorded error is classified by what it says", () => {
  for (const { id, reply } of recorded("openai")) {
    if (reply.kind !== "json" || reply.status < 400) continue;
    const failure = classOf(reply.status, reply.body);
    const named: Record<number, FailureClass[]> = {
      400: ["invalid"],
      401: ["unauthenticated"],
      404: ["model-unknown"],
      429: ["rate-limited"],
      500: ["invalid", "server-error"],
    };
    expect({ id, class: named[reply.status]?.includes(failure.class) }).toEqual({
      id,
      class: true,
    });
    expect(failure.message).not.toBe("");
  }
});

test.each([
  [{ error: { message: "m", code: 400 } }, "invalid"],
  [{ error: { message: "m", type: "server_error" } }, "server-error"],
  [{ error: { message: "m", type: "invalid_request_error", code: "tool_use_failed" } }, "invalid"],
  [[{ error: { message: "m", code: 503 } }], "overloaded"],
  [{ error: "out of memory" }, "server-error"],
] as const)("E012 %j in a 200 body is a failure", (body, expected) => {
  expect(failureIn(JSON.parse(JSON.stringify(body)))?.class).toBe(expected);
});

test.each([
  [{ error: null, choices: [] }],
  [{ error: "" }],
  [{ choices: [] }],
  [{}],
  [[]],
  [1],
  [null],
])("%j is no failure", (body) => {
  expect(failureIn(JSON.parse(JSON.stringify(body)))).toBeUndefined();
});

const STATUSES: Record<FailureClass, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  "model-forbidden": 403,
  "not-found": 404,
  "model-unknown": 404,
  "method-not-allowed": 405,
  conflict: 409,
  "too-large": 413,
  "context-length": 400,
  "content-refused": 400,
  "rate-limited": 429,
  "quota-exhausted": 429,
  overloaded: 503,
  "server-error": 502,
  timeout: 504,
  network: 502,
  unreachable: 502,
  misconfigured: 502,
  "bad-upstream-reply": 502,
  untranslatable: 400,
  "not-implemented": 501,
  cancelled: 499,
  internal: 500,
};

const CLASSES = Object.keys(STATUSES) as FailureClass[];

test.each(CLASSES)("the SDK throws an error with status, message and code for %s", async (name) => {
  const encoded = encode({ class: name, message: "what happened" }, "req-1");
  expect(encoded.status).toBe(STATUSES[name]);
  const headers = Object.fromEntries(encoded.headers);
  expect(headers["x-request-id"]).toBe("req-1");
  const thrown = await judgeOpenai.error(encoded.status, headers, printJson(encoded.body));
  expect(thrown).toMatchObject({ status: encoded.status });
  expect(String(thrown)).toContain("what happened");
});

test.each([
  "context-length",
  "rate-limited",
  "quota-exhausted",
  "unauthenticated",
  "model-unknown",
  "content-refused",
  "too-large",
] as const)("%s is the same class after it was written and read", (name) => {
  const encoded = encode({ class: name, message: "m" }, "r");
  expect(
    decode(encoded.status, () => undefined, new TextEncoder().encode(printJson(encoded.body)))
      .class,
  ).toBe(name);
});

test("E266 a refusal to translate names code and parameter", () => {
  const { body, status } = encode(
    { class: "untranslatable", message: "m", param: "/top_k", code: "untranslatable_field" },
    "r",
  );
  expect(status).toBe(400);
  expect(JSON.parse(printJson(body))).toEqual({
    error: {
      message: "m",
      type: "invalid_request_error",
      param: "/top_k",
      code: "untranslatable_field",
    },
  });
});

test("E262 a wait goes out in whole seconds, rounded up", () => {
  const { headers } = encode({ class: "rate-limited", message: "m", retryAfter: 12_001 }, "r");
  expect(headers).toContainEqual(["retry-after", "13"]);
});

test("a code of another vendor's style is left out", () => {
  const codeOf = (code: string) =>
    JSON.parse(printJson(encode({ class: "invalid", message: "m", code }, "r").body)).error.code;
  expect(codeOf("ValidationException")).toBeNull();
  expect(codeOf("string_above_max_length")).toBe("string_above_max_length");
});
