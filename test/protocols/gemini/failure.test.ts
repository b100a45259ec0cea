// Errors of Gemini, in Google's own words (translation.md A.4, B.14).
import { expect, test } from "bun:test";
import { gemini } from "../../../src/protocols/gemini/index.ts";
import { parseJson } from "../../../src/lib/json.ts";
import { recorded } from "../../support/corpus.ts";
import { decodeRow, type FailureRow } from "../../support/failures.ts";

const error = (code: number, status: string, message: string, details: unknown[] = []) => ({
  error: { code, message, status, details },
});

const quota = (quotaId: string, retryDelay: string) => [
  { "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations: [{ quotaId }] },
  { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay },
];

const ROWS: readonly FailureRow[] = [
  {
    name: "a bad key is answered 400",
    status: 400,
    body: error(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", [
      { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID" },
    ]),
    expected: { class: "unauthenticated", code: "INVALID_ARGUMENT", type: "API_KEY_INVALID" },
  },
  {
    name: "a key that ran out, without details",
    status: 400,
    body: error(400, "INVALID_ARGUMENT", "API key expired. Please renew the API key."),
    expected: { class: "unauthenticated" },
  },
  {
    name: "a leaked key",
    status: 403,
    body: error(
      403,
      "PERMISSION_DENIED",
      "Your API key was reported as leaked. Please use another.",
    ),
    expected: { class: "unauthenticated" },
  },
  {
    name: "no credential at all",
    status: 401,
    body: error(401, "UNAUTHENTICATED", "Request is missing required authentication credential."),
    expected: { class: "unauthenticated" },
  },
  {
    name: "a model that the key may not use",
    status: 403,
    body: error(403, "PERMISSION_DENIED", "You do not have permission to access tuned model x."),
    expected: { class: "forbidden" },
  },
  {
    name: "billing switched off",
    status: 403,
    body: error(403, "PERMISSION_DENIED", "This API method requires billing to be enabled.", [
      { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "BILLING_DISABLED" },
    ]),
    expected: { class: "quota-exhausted" },
  },
  {
    name: "a field with a wrong value",
    status: 400,
    body: error(
      400,
      "INVALID_ARGUMENT",
      "* GenerateContentRequest.contents: contents is not specified",
      [
        {
          "@type": "type.googleapis.com/google.rpc.BadRequest",
          fieldViolations: [{ field: "contents", description: "contents is not specified" }],
        },
      ],
    ),
    expected: { class: "invalid", param: "contents" },
  },
  {
    name: "too many tokens",
    status: 400,
    body: error(
      400,
      "INVALID_ARGUMENT",
      "The input token count (1200000) exceeds the maximum number of tokens allowed (1048575).",
    ),
    expected: { class: "context-length" },
  },
  {
    name: "too many bytes",
    status: 400,
    body: error(400, "INVALID_ARGUMENT", "Request payload size exceeds the limit: 20971520 bytes."),
    expected: { class: "too-large" },
  },
  {
    name: "the wrong country",
    status: 400,
    body: error(400, "FAILED_PRECONDITION", "User location is not supported for the API use."),
    expected: { class: "forbidden" },
  },
  {
    name: "a minute's quota, with the time to wait in the details",
    status: 429,
    body: error(
      429,
      "RESOURCE_EXHAUSTED",
      "You exceeded your current quota, please check your plan and billing details.",
      quota("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "34.4s"),
    ),
    expected: { class: "rate-limited", retryAfter: 34_400, code: "RESOURCE_EXHAUSTED" },
  },
  {
    name: "a day's quota",
    status: 429,
    body: error(
      429,
      "RESOURCE_EXHAUSTED",
      "You exceeded your current quota, please check your plan and billing details.",
      quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier", "9s"),
    ),
    expected: { class: "quota-exhausted" },
  },
  {
    name: "the time to wait in words",
    status: 429,
    body: error(429, "RESOURCE_EXHAUSTED", "Quota exceeded for metric x. Please retry in 12.5s."),
    expected: { class: "rate-limited", retryAfter: 12_500 },
  },
  {
    name: "the time to wait in a header",
    status: 429,
    body: error(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
    headers: { "retry-after": "7" },
    expected: { class: "rate-limited", retryAfter: 7000 },
  },
  {
    name: "credit used up",
    status: 429,
    body: error(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."),
    expected: { class: "quota-exhausted" },
  },
  {
    name: "an overloaded model",
    status: 503,
    body: error(503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
    expected: { class: "overloaded", status: 503 },
  },
  {
    name: "an error in the array of a stream without alt=sse",
    status: 500,
    body: [error(500, "INTERNAL", "An internal error has occurred.")],
    expected: { class: "server-error", message: "An internal error has occurred." },
  },
  {
    name: "a deadline",
    status: 504,
    body: error(504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
    expected: { class: "timeout" },
  },
  {
    name: "a proxy's page",
    status: 502,
    body: "<html><head><title>x</title></head><body><h1>502 Bad Gateway</h1></body></html>",
    expected: { class: "server-error", message: "502 Bad Gateway", status: 502 },
  },
  { name: "nothing", status: 404, body: "", expected: { class: "not-found" } },
];

test.each([...ROWS])("$name", (row) => {
  expect(decodeRow(gemini, row)).toMatchObject({ status: row.status, ...row.expected });
});

const RECORDED: Readonly<Record<string, string>> = {
  "gemini-chat-0d2f21fd2c9a": "model-unknown",
  "gemini-chat-5d2ab5629fa0": "invalid",
  "gemini-chat-6a9abbf3eb96": "invalid",
  "gemini-chat-8818671dccc3": "rate-limited",
  "gemini-chat-f50c2d3377ef": "invalid",
  "gemini-count_tokens-7ac7771d526d": "model-unknown",
};

test("recorded errors mean what they say", () => {
  for (const { id, reply } of recorded("gemini")) {
    if (reply.kind !== "json" || reply.status < 400) continue;
    const failure = decodeRow(gemini, { status: reply.status, body: reply.body });
    expect(`${id}: ${failure.class}`).toBe(`${id}: ${RECORDED[id] ?? "unlisted"}`);
  }
});

test("an envelope carries the number that the SDK wants, and the wait as the vendor writes it", () => {
  const encoded = gemini.failure.encode(
    { class: "rate-limited", message: "slow down", retryAfter: 1500 },
    "id",
  );
  expect(encoded).toMatchObject({
    status: 429,
    body: {
      error: {
        code: 429,
        status: "RESOURCE_EXHAUSTED",
        message: "slow down",
        details: [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "2s" }],
      },
    },
  });
  expect(new Map(encoded.headers).get("retry-after")).toBe("2");
  const untranslatable = { class: "untranslatable", message: "no", param: "/n" } as const;
  expect(gemini.failure.encode(untranslatable, "id").body).toMatchObject({
    error: { details: [{ fieldViolations: [{ field: "/n" }] }] },
  });
});

test("a failure in a 200 body is one, an answer is none", () => {
  const failure = (text: string) => {
    const document = parseJson(text);
    return document.ok ? gemini.tap.failure(document.value.root)?.class : "no JSON";
  };
  expect(failure('[{"error":{"code":503,"status":"UNAVAILABLE","message":"x"}}]')).toBe(
    "overloaded",
  );
  expect(failure('{"candidates":[]}')).toBeUndefined();
});
