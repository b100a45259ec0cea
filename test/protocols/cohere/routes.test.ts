// How calls arrive and leave, and model lists.
import { expect, test } from "bun:test";
import { egress } from "../../../src/protocols/cohere/egress.ts";
import { ingress } from "../../../src/protocols/cohere/ingress.ts";
import { list, one } from "../../../src/protocols/cohere/models.ts";
import { recorded } from "../../support/corpus.ts";

test.each([
  ["/v2/chat", { operation: "chat", method: "POST" }],
  ["/v2/embed", { operation: "embeddings", method: "POST" }],
  ["/v1/models", { operation: "models", method: "GET" }],
  ["/v1/models/a%2Fb", { operation: "model", method: "GET", model: "a/b" }],
] as const)("understands %s", (path, expected) => {
  expect(ingress.match(path)).toEqual(expected);
});

test.each(["/v1/chat", "/v2/rerank", "/v2/chat/", "/v1/models/", "/v1/models/%zz"])(
  "leaves %s to others",
  (path) => {
    expect(ingress.match(path)).toBeUndefined();
  },
);

test("the key is a bearer token", () => {
  const read = (value?: string) => ingress.credential(() => value, new URLSearchParams());
  expect(read("Bearer k")).toEqual({ kind: "token", token: "k" });
  expect(read("bearer  k ")).toEqual({ kind: "token", token: "k" });
  expect(read("Basic k")).toBeUndefined();
  expect(read()).toBeUndefined();
});

test.each([
  ["chat", "/v2/chat"],
  ["embeddings", "/v2/embed"],
  ["models", "/v1/models"],
  ["model", "/v1/models/a%2Fb"],
] as const)("a call for %s leaves to %s", (operation, target) => {
  expect(egress.target({ operation, model: "a/b", stream: true })).toBe(target);
});

test("a model looks like a recorded one", () => {
  const written = one({ id: "fast", created: 1, contextWindow: 1000 });
  expect(written).toMatchObject({ name: "fast", context_length: 1000, endpoints: ["chat"] });
  const entries = [{ id: "fast", created: 1, contextWindow: 1000 }];
  const listed = list(entries, new URLSearchParams());
  expect(listed).toEqual({ ok: true, value: { models: [written] } });
  for (const { reply } of recorded("cohere").filter(({ operation }) => operation === "models")) {
    const vendor = reply.kind === "json" ? Object.keys(JSON.parse(reply.body)) : [];
    expect(vendor).toContainAnyValues(["name"]);
    for (const key of ["name", "endpoints", "finetuned", "context_length"]) {
      expect(vendor).toContain(key);
      expect(written).toHaveProperty(key);
    }
  }
});
