// The fault census: every class of failure that an upstream can cause, in every protocol's own words, with what it does to whom.
import { expect, test } from "bun:test";
import type { FailureClass } from "../../src/ir/failure.ts";
import { PROTOCOL_NAMES, PROTOCOLS, type ProtocolName } from "../../src/protocols/registry.ts";
import { EFFECTS, type Effect } from "../../src/routing/fault.ts";
import { CENSUS } from "../support/census.ts";
import { FAILURE_CLASSES } from "../support/classes.ts";
import { recorded } from "../support/corpus.ts";
import { decodeRow } from "../support/failures.ts";

test.each(CENSUS.map((row) => ({ ...row, text: JSON.stringify(row.body).slice(0, 90) })))(
  "$protocol $status $text is $expected",
  (row) => {
    const failure = decodeRow(PROTOCOLS[row.protocol], row);
    expect({ class: failure.class, status: failure.status }).toEqual({
      class: row.expected,
      status: row.status,
    });
  },
);

/** Classes that no reply of an upstream is put into: they are the gateway's own, or the wire's. */
const NOT_SAID: ReadonlySet<FailureClass> = new Set([
  "network",
  "unreachable",
  "misconfigured",
  "bad-upstream-reply",
  "untranslatable",
  "not-implemented",
  "cancelled",
  "internal",
]);

/** Classes for which a vendor has no words of its own, with the reason. */
const MISSING: Readonly<
  Partial<Record<ProtocolName, Readonly<Partial<Record<FailureClass, string>>>>>
> = {
  anthropic: {
    "method-not-allowed": "the guide has no type for it",
    "content-refused": "a refusal is an answer with stop_reason refusal",
  },
  gemini: {
    "method-not-allowed": "an unknown method is NOT_FOUND",
    "content-refused": "a refusal is a reply with promptFeedback.blockReason",
  },
  bedrock: {
    "method-not-allowed": "an unknown operation is UnknownOperationException",
    "content-refused": "a guardrail answers with stopReason guardrail_intervened",
  },
  cohere: {
    "method-not-allowed": "the guide has no such error",
    conflict: "the guide has no such error",
    "too-large": "told as too many tokens",
  },
};

test.each([...PROTOCOL_NAMES])(
  "%s: every class that an upstream can cause has a row, or a reason why not",
  (name) => {
    const seen = new Set(
      CENSUS.filter(({ protocol }) => protocol === name).map(({ expected }) => expected),
    );
    const reasons = MISSING[name] ?? {};
    for (const each of FAILURE_CLASSES) {
      const isKnown = seen.has(each) || NOT_SAID.has(each);
      expect({ each, has: isKnown }).toEqual({ each, has: reasons[each] === undefined });
    }
  },
);

test("recorded errors are understood by their bodies", () => {
  const counts = new Map<string, number>();
  const unclassified: string[] = [];
  for (const name of PROTOCOL_NAMES) {
    for (const { reply, id } of recorded(name)) {
      if (reply.kind !== "json" || reply.status < 400) continue;
      const failure = PROTOCOLS[name].failure.decode(
        reply.status,
        () => undefined,
        new TextEncoder().encode(reply.body),
      );
      const key = `${name} ${failure.class}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      if (failure.unclassified === true)
        unclassified.push(
          `${id} ${failure.status ?? ""} ${failure.class}: ${failure.message.slice(0, 80)}`,
        );
    }
  }
  for (const [key, count] of counts) console.log(`recorded error ${key} ${count}`);
  // A body that only the status explains is one that no vendor of this kind should send, whose words say nothing more.
  for (const line of unclassified) console.log(`by its status alone: ${line}`);
  const culprits = [...counts.keys()].map(
    (key) => (EFFECTS as Readonly<Record<string, Effect>>)[key.split(" ")[1] ?? ""]?.culprit,
  );
  expect(culprits).not.toContain("gateway");
});

const DATE = { date: "Mon, 23 Nov 2026 12:00:00 GMT" };

test.each<[Record<string, string>, number | undefined, string | undefined]>([
  [{ "retry-after": "2" }, 2000, "retry-after"],
  [{ "retry-after": "0.5" }, 500, "retry-after"],
  [{ ...DATE, "retry-after": "Mon, 23 Nov 2026 12:01:00 GMT" }, 60_000, "retry-after"],
  [{ ...DATE, "retry-after": "Mon, 23 Nov 2026 11:00:00 GMT" }, 0, "retry-after"],
  [{ "retry-after": "-5" }, 0, "retry-after"],
  [{ "retry-after": "soon" }, undefined, undefined],
  [{ "retry-after": "99999999999" }, 604_800_000, "retry-after"],
  [{ "retry-after-ms": "1500", "retry-after": "9" }, 1500, "retry-after-ms"],
  [
    { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s" },
    360_000,
    "x-ratelimit-reset-requests",
  ],
  [
    { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "250ms" },
    250,
    "x-ratelimit-reset-tokens",
  ],
  [
    { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1d2h" },
    93_600_000,
    "x-ratelimit-reset-tokens",
  ],
  [{ "x-ratelimit-remaining": "0", "x-ratelimit-reset": "12.5" }, 12_500, "x-ratelimit-reset"],
  // 2026-11-23T12:00:30Z in seconds and in milliseconds.
  [
    { ...DATE, "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795435230" },
    30_000,
    "x-ratelimit-reset",
  ],
  [
    { ...DATE, "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795435230000" },
    30_000,
    "x-ratelimit-reset",
  ],
  [
    { "x-ratelimit-remaining-tokens": "5", "x-ratelimit-reset-tokens": "6m0s" },
    undefined,
    undefined,
  ],
  [
    {
      ...DATE,
      "anthropic-ratelimit-input-tokens-remaining": "0",
      "anthropic-ratelimit-input-tokens-reset": "2026-11-23T12:00:45Z",
    },
    45_000,
    "anthropic-ratelimit-input-tokens-reset",
  ],
  [
    {
      ...DATE,
      "anthropic-ratelimit-unified-status": "rejected",
      "anthropic-ratelimit-unified-reset": "1795438800",
    },
    3_600_000,
    "anthropic-ratelimit-unified-reset",
  ],
  [
    {
      "x-ratelimit-remaining-requests": "0",
      "x-ratelimit-reset-requests": "1s",
      "x-ratelimit-remaining-tokens": "0",
      "x-ratelimit-reset-tokens": "9s",
    },
    9000,
    "x-ratelimit-reset-tokens",
  ],
])("%j asks to wait %p, says %p", (headers, retryAfter, waitFrom) => {
  const body = { error: { message: "slow down", type: "x", code: "rate_limit_exceeded" } };
  const failure = decodeRow(PROTOCOLS.openai, { status: 429, body, headers });
  expect([failure.retryAfter, failure.waitFrom]).toEqual([retryAfter, waitFrom]);
});

test.each([
  ["Please try again in 1m12.5s.", 72_500],
  ["Please retry in 34.4s.", 34_400],
  ["Retry after 20 seconds.", 20_000],
  ["try again later", undefined],
])("the words %p ask to wait %p", (message, retryAfter) => {
  const body = { error: { message, type: "x", code: "rate_limit_exceeded" } };
  const failure = decodeRow(PROTOCOLS.openai, { status: 429, body });
  expect([failure.retryAfter, failure.waitFrom]).toEqual([
    retryAfter,
    retryAfter === undefined ? undefined : "body",
  ]);
});

test("a reply says whether trying again helps, and a body that nobody knows is marked", () => {
  const body = { error: { message: "no" } };
  const headers = { "x-should-retry": "false" };
  expect(decodeRow(PROTOCOLS.openai, { status: 500, body, headers })).toMatchObject({
    shouldRetry: false,
    unclassified: true,
  });
  const known = { error: { message: "no", type: "server_error", code: null } };
  expect(decodeRow(PROTOCOLS.openai, { status: 500, body: known })).not.toHaveProperty(
    "unclassified",
  );
});

test("words about tokens do not excuse a provider that failed, or a key that was refused", () => {
  const message =
    "internal error: the maximum context length could not be computed; reduce the length of the messages";
  for (const name of PROTOCOL_NAMES) {
    for (const [status, expected] of [
      [500, "server-error"],
      [401, "unauthenticated"],
    ] as const) {
      const failure = decodeRow(PROTOCOLS[name], { status, body: { error: { message }, message } });
      expect({ name, class: failure.class }).toEqual({ name, class: expected });
    }
  }
});
