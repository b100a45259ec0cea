// Errors of Cohere, in its own words (translation.md A.6, B.14).
import { expect, test } from "bun:test";
import { cohere } from "../../../src/protocols/cohere/index.ts";
import { recorded } from "../../support/corpus.ts";
import { decodeRow, type FailureRow } from "../../support/failures.ts";

const ROWS: readonly FailureRow[] = [
  {
    name: "a missing field",
    status: 400,
    body: { message: "invalid request: message must be at least 1 token long." },
    expected: { class: "invalid" },
  },
  {
    name: "too long",
    status: 400,
    body: {
      message:
        "too many tokens: total number of tokens (prompt and prediction) cannot exceed 4096, received 5000.",
    },
    expected: { class: "context-length" },
  },
  {
    name: "too long, in other words",
    status: 400,
    body: { message: "the input is too long: it exceeds the context window" },
    expected: { class: "context-length" },
  },
  {
    name: "a wrong key",
    status: 401,
    body: { message: "invalid api token" },
    expected: { class: "unauthenticated" },
  },
  {
    name: "a forbidden model",
    status: 403,
    body: { message: "access to this model is forbidden" },
    expected: { class: "model-forbidden" },
  },
  {
    name: "an unknown model",
    status: 404,
    body: {
      id: "1",
      message:
        "model 'x' not found, make sure the correct model ID was used and that you have access to the model.",
    },
    expected: { class: "model-unknown" },
  },
  {
    name: "a removed model",
    status: 404,
    body: { message: "model 'command' was removed on September 15, 2025." },
    expected: { class: "model-unknown" },
  },
  {
    name: "an unknown route",
    status: 404,
    body: "404 page not found",
    expected: { class: "not-found" },
  },
  {
    name: "a minute's limit of a trial key",
    status: 429,
    body: {
      message:
        "You are using a Trial key, which is limited to 10 API calls / minute. You can upgrade.",
    },
    headers: { "retry-after": "30" },
    expected: { class: "rate-limited", retryAfter: 30_000 },
  },
  {
    name: "a month's limit of a trial key",
    status: 429,
    body: { message: "You are using a Trial key, which is limited to 1000 API calls / month." },
    expected: { class: "quota-exhausted" },
  },
  {
    name: "blocked content, which has a status of its own here",
    status: 498,
    body: { message: "blocked output: please adjust your prompt" },
    expected: { class: "content-refused" },
  },
  {
    name: "a client that left",
    status: 499,
    body: { message: "request cancelled" },
    expected: { class: "cancelled" },
  },
  {
    name: "a proxy's page",
    status: 502,
    body: "<html><body><center><h1>502 Bad Gateway</h1></center></body></html>",
    expected: { class: "server-error", message: "502 Bad Gateway" },
  },
  {
    name: "an overload",
    status: 503,
    body: { message: "service unavailable" },
    expected: { class: "overloaded" },
  },
];

test.each([...ROWS])("$name", (row) => {
  expect(decodeRow(cohere, row)).toMatchObject({ status: row.status, ...row.expected });
});

test("recorded errors mean what they say", () => {
  for (const { id, reply } of recorded("cohere")) {
    if (reply.kind !== "json" || reply.status < 400) continue;
    const failure = decodeRow(cohere, { status: reply.status, body: reply.body });
    expect(`${id}: ${failure.class}`).toBe("cohere-embeddings-1fdd5ad3ffd1: model-unknown");
  }
});

test("an envelope is the message and the request's id", () => {
  const encoded = cohere.failure.encode(
    { class: "rate-limited", message: "slow down", retryAfter: 2000 },
    "req-1",
  );
  expect(encoded).toEqual({
    status: 429,
    headers: [
      ["content-type", "application/json"],
      ["retry-after", "2"],
    ],
    body: { id: "req-1", message: "slow down" },
  });
});

test("a context failure of another vendor is told in words that agents know", () => {
  const failure = { class: "context-length", message: "window full" } as const;
  expect(cohere.failure.encode(failure, "x").body).toMatchObject({
    message: "too many tokens: window full",
  });
});

test("an answer is no failure, a message alone is one", () => {
  expect(
    cohere.tap.failure({ message: { role: "assistant" }, finish_reason: "COMPLETE" }),
  ).toBeUndefined();
  expect(cohere.tap.failure({ id: "x", message: "internal error" })).toMatchObject({
    class: "server-error",
    message: "internal error",
  });
});
