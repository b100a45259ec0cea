// Errors of Bedrock, in the service's own words (translation.md A.5, B.14).
import { expect, test } from "bun:test";
import { bedrock } from "../../../src/protocols/bedrock/index.ts";
import { exceptionName, streamException } from "../../../src/protocols/bedrock/failure.ts";
import { recorded } from "../../support/corpus.ts";
import { FAILURE_CLASSES } from "../../support/classes.ts";
import { decodeRow, type FailureRow } from "../../support/failures.ts";
import { shared } from "../../support/shared.ts";

const type = (name: string): Record<string, string> => ({ "x-amzn-errortype": name });
const SUFFIX = ":http://internal.amazon.com/coral/com.amazon.bedrock/";

const ROWS: readonly FailureRow[] = [
  {
    name: "E264 the exception's name with its suffix",
    status: 400,
    headers: type(`ValidationException${SUFFIX}`),
    body: { message: "Malformed input request, please reformat your input and try again." },
    expected: { class: "invalid", code: "ValidationException" },
  },
  {
    name: "an unknown model",
    status: 400,
    headers: type(`ValidationException${SUFFIX}`),
    body: { message: "The provided model identifier is invalid." },
    expected: { class: "model-unknown" },
  },
  {
    name: "a model that needs a profile",
    status: 400,
    headers: type("ValidationException"),
    body: {
      message:
        "Invocation of model ID anthropic.claude-x with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile.",
    },
    expected: { class: "model-unknown" },
  },
  {
    name: "too long",
    status: 400,
    headers: type("ValidationException"),
    body: { message: "Input is too long for requested model." },
    expected: { class: "context-length" },
  },
  {
    name: "too long, in the words of a model",
    status: 400,
    headers: type("ValidationException"),
    body: {
      message:
        "The model returned the following errors: prompt is too long: 210000 tokens > 200000 maximum",
    },
    expected: { class: "context-length" },
  },
  {
    name: "no access to one model",
    status: 403,
    headers: type("AccessDeniedException"),
    body: { message: "You don't have access to the model with the specified model ID." },
    expected: { class: "model-forbidden" },
  },
  {
    name: "a policy that forbids",
    status: 403,
    headers: type("AccessDeniedException"),
    body: {
      message: "User: arn:aws:iam::1:user/x is not authorized to perform: bedrock:InvokeModel",
    },
    expected: { class: "forbidden" },
  },
  {
    name: "a wrong API key",
    status: 403,
    headers: type("AccessDeniedException"),
    body: { Message: "Authentication failed: Please make sure your API Key is valid." },
    expected: { class: "unauthenticated" },
  },
  {
    name: "an unknown access key, named in the body",
    status: 403,
    body: {
      __type: "com.amazon.coral.service#UnrecognizedClientException",
      message: "The security token included in the request is invalid.",
    },
    expected: { class: "unauthenticated", code: "UnrecognizedClientException" },
  },
  {
    name: "a wrong signature",
    status: 403,
    headers: type("InvalidSignatureException"),
    body: { message: "The request signature we calculated does not match" },
    expected: { class: "unauthenticated" },
  },
  {
    name: "too many requests",
    status: 429,
    headers: type("ThrottlingException"),
    body: { message: "Too many tokens, please wait before trying again." },
    expected: { class: "rate-limited" },
  },
  {
    name: "a day's tokens",
    status: 429,
    headers: type("ThrottlingException"),
    body: { message: "Too many tokens per day, please wait before trying again." },
    expected: { class: "quota-exhausted" },
  },
  {
    name: "a service quota",
    status: 400,
    headers: type("ServiceQuotaExceededException"),
    body: { message: "Your request exceeds the service quota for your account." },
    expected: { class: "quota-exhausted" },
  },
  {
    name: "a model that is being loaded",
    status: 429,
    headers: type("ModelNotReadyException"),
    body: { message: "Model is not ready for inference" },
    expected: { class: "overloaded" },
  },
  {
    name: "a model that took too long",
    status: 408,
    headers: type("ModelTimeoutException"),
    body: { message: "Model has timed out in processing the request." },
    expected: { class: "timeout" },
  },
  {
    name: "a model that failed",
    status: 424,
    headers: type("ModelErrorException"),
    body: { message: "The system encountered an unexpected error during processing." },
    expected: { class: "server-error" },
  },
  {
    name: "a model that was taken away",
    status: 404,
    headers: type("ResourceNotFoundException"),
    body: { message: "This model version has reached the end of its life." },
    expected: { class: "model-unknown" },
  },
  {
    name: "a guardrail that is not there",
    status: 404,
    headers: type("ResourceNotFoundException"),
    body: { message: "The guardrail identifier is not found" },
    expected: { class: "not-found" },
  },
  {
    name: "a proxy's page",
    status: 503,
    body: "<html><body>Service Unavailable</body></html>",
    expected: { class: "overloaded", message: "Service Unavailable" },
  },
];

test.each([...ROWS])("$name", (row) => {
  expect(decodeRow(bedrock, row)).toMatchObject({ status: row.status, ...row.expected });
});

test("recorded errors mean what they say", () => {
  let seen = 0;
  for (const { id, reply } of recorded("bedrock")) {
    if (reply.kind !== "json" || reply.status < 400) continue;
    const failure = decodeRow(bedrock, { status: reply.status, body: reply.body });
    const unknown = failure.message.includes("model identifier is invalid");
    expect(`${id}: ${failure.class}`).toBe(`${id}: ${unknown ? "model-unknown" : "invalid"}`);
    seen++;
  }
  console.log(`bedrock: ${seen} recorded errors`);
});

test("names lose their suffix and their namespace", () => {
  expect(exceptionName(`A:http://x/#y`)).toBe("A");
  expect(exceptionName("com.amazon#B")).toBe("B");
  expect(exceptionName(undefined)).toBeUndefined();
});

/** The service's own model, where it is at hand. */
const model = shared("vectors", "specs", "bedrock-runtime.service-2.json");

test.skipIf(model === undefined)(
  "every envelope is an exception that the SDK knows, with its status",
  async () => {
    const { shapes } = await Bun.file(model ?? "").json();
    for (const failure of FAILURE_CLASSES) {
      const { status, headers } = bedrock.failure.encode({ class: failure, message: "x" }, "id");
      const name = new Map(headers).get("x-amzn-errortype") ?? "";
      expect(shapes[name]?.exception).toBe(true);
      // Two statuses say what no exception of this service says.
      if (failure === "method-not-allowed" || failure === "not-implemented") continue;
      expect(`${failure} ${status}`).toBe(`${failure} ${shapes[name].error.httpStatusCode}`);
      const streamed = streamException({ class: failure, message: "x" });
      expect(Object.keys(shapes.ConverseStreamOutput.members)).toContain(streamed);
    }
  },
);

test("the gateway's request id stands where the SDK looks for it", () => {
  const { headers } = bedrock.failure.encode({ class: "invalid", message: "x" }, "req-7");
  expect(new Map(headers).get("x-amzn-requestid")).toBe("req-7");
});
