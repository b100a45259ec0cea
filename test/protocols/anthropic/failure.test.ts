// Errors of Anthropic, in its own words (translation.md A.3, B.14).
import { expect, test } from "bun:test";
import { anthropic } from "../../../src/protocols/anthropic/index.ts";
import { recorded } from "../../support/corpus.ts";
import { decodeRow, type FailureRow } from "../../support/failures.ts";

function body(type: string, message: string): unknown {
  return { type: "error", error: { type, message }, request_id: "req_1" };
}

const ROWS: readonly FailureRow[] = [
  {
    name: "a wrong value",
    status: 400,
    body: body("invalid_request_error", "max_tokens: Field required"),
    expected: { class: "invalid", message: "max_tokens: Field required" },
  },
  {
    name: "too long a prompt",
    status: 400,
    body: body("invalid_request_error", "prompt is too long: 208310 tokens > 200000 maximum"),
    expected: { class: "context-length" },
  },
  {
    name: "prompt and answer together are too long",
    status: 400,
    body: body(
      "invalid_request_error",
      "input length and `max_tokens` exceed context limit: 199211 + 20000 > 200000, decrease input length or `max_tokens` and try again",
    ),
    expected: { class: "context-length" },
  },
  {
    name: "an empty purse",
    status: 400,
    body: body(
      "invalid_request_error",
      "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
    ),
    expected: { class: "quota-exhausted" },
  },
  {
    name: "a bill that is due",
    status: 402,
    body: body("billing_error", "There's an issue with your billing."),
    expected: { class: "quota-exhausted" },
  },
  {
    name: "a wrong key",
    status: 401,
    body: body("authentication_error", "invalid x-api-key"),
    expected: { class: "unauthenticated", type: "authentication_error", status: 401 },
  },
  {
    name: "a key that may not",
    status: 403,
    body: body("permission_error", "Your API key does not have permission to use this resource."),
    expected: { class: "forbidden" },
  },
  {
    name: "an unknown model",
    status: 404,
    body: body("not_found_error", "model: claude-does-not-exist"),
    expected: { class: "model-unknown" },
  },
  {
    name: "an unknown path",
    status: 404,
    body: body("not_found_error", "Not found"),
    expected: { class: "not-found" },
  },
  {
    name: "too many bytes",
    status: 413,
    body: body("request_too_large", "Request exceeds the maximum size"),
    expected: { class: "too-large" },
  },
  {
    name: "a rate limit",
    status: 429,
    headers: { "retry-after": "12" },
    body: body("rate_limit_error", "This request would exceed your organization's rate limit"),
    expected: { class: "rate-limited", retryAfter: 12_000 },
  },
  {
    name: "a rate limit whose window has an end",
    status: 429,
    headers: {
      date: "Mon, 03 Mar 2025 10:00:00 GMT",
      "anthropic-ratelimit-requests-remaining": "10",
      "anthropic-ratelimit-requests-reset": "2025-03-03T10:09:00Z",
      "anthropic-ratelimit-input-tokens-remaining": "0",
      "anthropic-ratelimit-input-tokens-reset": "2025-03-03T10:00:30Z",
      "anthropic-ratelimit-output-tokens-remaining": "0",
      "anthropic-ratelimit-output-tokens-reset": "2025-03-03T10:00:07Z",
    },
    body: body("rate_limit_error", "slow down"),
    expected: { class: "rate-limited", retryAfter: 30_000 },
  },
  {
    name: "a failure inside",
    status: 500,
    body: body("api_error", "Internal server error"),
    expected: { class: "server-error" },
  },
  {
    name: "an overload",
    status: 529,
    body: body("overloaded_error", "Overloaded"),
    expected: { class: "overloaded" },
  },
  {
    name: "a timeout",
    status: 504,
    body: body("timeout_error", "Request timed out"),
    expected: { class: "timeout" },
  },
  {
    name: "an unknown type, told by the status",
    status: 429,
    body: body("new_error", "x"),
    expected: { class: "rate-limited" },
  },
  {
    name: "a proxy's page",
    status: 502,
    body: "<html><head><title>x</title></head><body><h1>502 Bad Gateway</h1></body></html>",
    expected: { class: "server-error", message: "502 Bad Gateway" },
  },
  {
    name: "an empty body",
    status: 529,
    body: "",
    expected: { class: "overloaded", message: "the upstream answered 529" },
  },
];

test.each(ROWS)("$name", ({ expected, ...row }) => {
  expect(decodeRow(anthropic, row)).toMatchObject(expected);
});

test("recorded errors mean what they say", () => {
  const classes = recorded("anthropic").flatMap(({ reply }) =>
    reply.kind === "json" && reply.status >= 400
      ? [decodeRow(anthropic, { status: reply.status, body: reply.body }).class]
      : [],
  );
  // Two in the corpus: an effort that the model does not know, a model that does not exist.
  expect([[], ["invalid", "model-unknown"]]).toContainEqual(classes);
});

test("an envelope holds type, message and the request's id, and headers say when to come again", () => {
  const encoded = anthropic.failure.encode(
    { class: "rate-limited", message: "slow down", retryAfter: 1500 },
    "req_7",
  );
  expect(encoded.status).toBe(429);
  expect(encoded.headers).toEqual([
    ["content-type", "application/json"],
    ["request-id", "req_7"],
    ["retry-after", "2"],
  ]);
  expect(encoded.body).toEqual({
    type: "error",
    error: { type: "rate_limit_error", message: "slow down" },
    request_id: "req_7",
  });
});

test.each([
  ["invalid", 400, "invalid_request_error"],
  ["unauthenticated", 401, "authentication_error"],
  ["quota-exhausted", 402, "billing_error"],
  ["forbidden", 403, "permission_error"],
  ["model-unknown", 404, "not_found_error"],
  ["conflict", 409, "conflict_error"],
  ["too-large", 413, "request_too_large"],
  ["overloaded", 529, "overloaded_error"],
  ["timeout", 504, "timeout_error"],
  ["cancelled", 499, "api_error"],
  ["untranslatable", 400, "invalid_request_error"],
] as const)("%s is %d %s", (failure, status, type) => {
  const encoded = anthropic.failure.encode({ class: failure, message: "m" }, "r");
  expect(encoded.status).toBe(status);
  expect(encoded.body).toMatchObject({ error: { type } });
});

test("a context failure of another vendor is told in the words that agents know", () => {
  const encoded = anthropic.failure.encode(
    { class: "context-length", message: "This model's maximum context length is 128000 tokens." },
    "r",
  );
  expect(encoded.body).toMatchObject({
    error: {
      message: "prompt is too long: This model's maximum context length is 128000 tokens.",
    },
  });
});
