// Paths that are passed on as they are.
import { expect, test } from "bun:test";
import { rawPaths } from "../../../src/protocols/kit/raw-path.ts";
import { PROTOCOL_NAMES, PROTOCOLS } from "../../../src/protocols/registry.ts";

test.each([
  ["/v1/files/a%20b", "/files/a%20b"],
  ["/v1/completions", "/completions"],
  ["/v2/rerank", undefined],
  ["/v1", undefined],
  ["/v1/../admin", undefined],
  ["/v1/%2e%2e/admin", undefined],
  ["/v1/a%2F..%2Fadmin", undefined],
  ["/v1/a%5c..%5cadmin", undefined],
  ["/v1/%252e%252e/admin", undefined],
  ["/v1/./x", undefined],
  ["/v1/%zz", undefined],
  ["/v1/..x", "/..x"],
])("%s is appended as %s", (path, expected) => {
  expect(rawPaths(["/v1/"], "/v1")(path)).toBe(expected);
});

test("each protocol takes the paths of its own vendor", () => {
  const taken = (path: string): string[] =>
    PROTOCOL_NAMES.filter((name) => PROTOCOLS[name].egress.raw(path) !== undefined);
  expect(taken("/v1beta/cachedContents")).toEqual(["gemini"]);
  expect(taken("/v2/rerank")).toEqual(["cohere"]);
  expect(taken("/model/m/invoke")).toEqual(["bedrock"]);
  expect(taken("/v1/files")).toEqual(["openai", "responses", "anthropic", "gemini", "cohere"]);
  expect(PROTOCOLS.anthropic.egress.raw("/v1/files")).toBe("/v1/files");
});
