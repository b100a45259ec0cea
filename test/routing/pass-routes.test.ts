// Which provider takes a path that is none of the operations.
import { expect, test } from "bun:test";
import { findPassRoute, type PassRoutes } from "../../src/routing/pass-routes.ts";

const ROUTES: PassRoutes = {
  protocols: new Map([["openai", "rest"]]),
  patterns: [
    { path: "/v1/files*", provider: "files" },
    { method: "POST", path: "/v1/files", provider: "uploads" },
    { path: "/v1/*/content", provider: "content" },
    { path: "/v1/a*b*c", provider: "abc" },
    { path: "/v1/files", provider: "list" },
  ],
};

test.each([
  ["GET", "/v1/files", "list"],
  ["POST", "/v1/files", "uploads"],
  ["GET", "/v1/files/x", "files"],
  ["GET", "/v1/videos/x/content", "content"],
  ["GET", "/v1/axbyc", "abc"],
  ["GET", "/v1/abc", "abc"],
  ["GET", "/v1/ac", "rest"],
  ["GET", "/v1/abbcx", "rest"],
  ["GET", "/v1/acb", "rest"],
  ["GET", "/v1/content", "rest"],
])("%s %s goes to %s", (method, path, provider) => {
  expect(findPassRoute(ROUTES, { method, path, protocol: "openai" })).toBe(provider);
});

test("without a pattern or its protocol a path goes nowhere", () => {
  const asked = { method: "GET", path: "/v1/x", protocol: "cohere" };
  expect(findPassRoute(ROUTES, asked)).toBeUndefined();
});
