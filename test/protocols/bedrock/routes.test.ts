// How calls arrive and leave.
import { expect, test } from "bun:test";
import { egress } from "../../../src/protocols/bedrock/egress.ts";
import { ingress } from "../../../src/protocols/bedrock/ingress.ts";
import { list, one } from "../../../src/protocols/bedrock/models.ts";

test.each([
  ["/model/amazon.nova-lite-v1%3A0/converse", "chat", false, "amazon.nova-lite-v1:0"],
  ["/model/amazon.nova-lite-v1:0/converse-stream", "chat", true, "amazon.nova-lite-v1:0"],
  [
    "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fmi1dadi0g15f/converse",
    "chat",
    false,
    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/mi1dadi0g15f",
  ],
  ["/model/acme/large/count-tokens", "count-tokens", false, "acme/large"],
  ["/model/a%252Fb/converse", "chat", false, "a%2Fb"],
] as const)("E015 %s names its model, decoded once", (path, operation, stream, model) => {
  expect(ingress.match(path)).toEqual({ operation, stream, model, method: "POST" });
});

test.each([
  "/model/x/invoke-with-response-stream",
  "/model//converse",
  "/model/converse",
  "/model/%zz/converse",
  "/guardrail/x/version/1/apply",
])("leaves %s to others", (path) => {
  expect(ingress.match(path)).toBeUndefined();
});

const read = (headers: Record<string, string>, query = "") =>
  ingress.credential((name) => headers[name], new URLSearchParams(query));

test("requests are signed, presigned, or carry an API key", () => {
  expect(read({ authorization: "AWS4-HMAC-SHA256 Credential=…" })).toEqual({ kind: "sigv4" });
  expect(read({}, "X-Amz-Signature=abc")).toEqual({ kind: "sigv4" });
  expect(read({ authorization: "Bearer key" })).toEqual({ kind: "token", token: "key" });
  expect(read({})).toBeUndefined();
});

test.each([
  ["chat", "us.amazon.nova:0", false, "/model/us.amazon.nova%3A0/converse"],
  ["chat", "arn:aws:x/y", true, "/model/arn%3Aaws%3Ax%2Fy/converse-stream"],
  ["count-tokens", "m", false, "/model/m/count-tokens"],
] as const)(
  "a call for %s of '%s' leaves as the SDK would send it",
  (operation, model, stream, target) => {
    expect(egress.target({ operation, model, stream })).toBe(target);
  },
);

test("a model is listed under its name", () => {
  const entry = { id: "fast", created: 1 };
  expect(one(entry)).toMatchObject({ modelId: "fast", responseStreamingSupported: true });
  expect(list([entry])).toEqual({ ok: true, value: { modelSummaries: [one(entry)] } });
});
