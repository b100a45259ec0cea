// Expectations are the rows of translation.md B.13, column OR.
import { expect, test } from "bun:test";
import type { StopClass } from "../../../src/ir/reply.ts";
import { decodeStop, encodeStop } from "../../../src/protocols/responses/stop.ts";

const NEITHER = { calls: false, refusal: false };

test.each([
  { status: "completed", reason: undefined, evidence: NEITHER, expected: "end" },
  {
    status: "completed",
    reason: undefined,
    evidence: { calls: true, refusal: false },
    expected: "tool_calls",
  },
  {
    status: "completed",
    reason: undefined,
    evidence: { calls: false, refusal: true },
    expected: "refusal",
  },
  {
    status: "incomplete",
    reason: "max_output_tokens",
    evidence: { calls: true, refusal: false },
    expected: "length",
  },
  { status: "incomplete", reason: "content_filter", evidence: NEITHER, expected: "filtered" },
  { status: "incomplete", reason: "steam", evidence: NEITHER, expected: "unknown" },
  { status: "queued", reason: undefined, evidence: NEITHER, expected: "unknown" },
  { status: undefined, reason: undefined, evidence: NEITHER, expected: "end" },
  { status: "__proto__", reason: undefined, evidence: NEITHER, expected: "unknown" },
])("$status because of $reason is $expected", ({ status, reason, evidence, expected }) => {
  expect(decodeStop(status, reason, evidence).class).toBe(expected as StopClass);
});

test.each([
  { stop: { class: "refusal", raw: "completed" }, status: "completed", reason: null },
  { stop: { class: "refusal" }, status: "incomplete", reason: "content_filter" },
  { stop: { class: "context_full" }, status: "incomplete", reason: "max_output_tokens" },
  { stop: { class: "tool_calls" }, status: "completed", reason: null },
  { stop: { class: "error" }, status: "failed", reason: null },
] as const)("$stop.class is $status, $reason", ({ stop, status, reason }) => {
  expect(encodeStop(stop)).toEqual({ status, reason });
});
