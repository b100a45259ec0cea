// What the status and the headers of an error reply say: its general class, and how long to wait.
import type { Failure, FailureClass } from "../../ir/failure.ts";
import type { HeaderReader } from "../protocol.ts";

const BY_STATUS: Readonly<Record<number, FailureClass>> = {
  400: "invalid",
  401: "unauthenticated",
  402: "quota-exhausted",
  403: "forbidden",
  404: "not-found",
  405: "method-not-allowed",
  408: "timeout",
  409: "conflict",
  413: "too-large",
  422: "invalid",
  429: "rate-limited",
  // Groq: flex capacity exceeded.
  498: "overloaded",
  499: "cancelled",
  503: "overloaded",
  504: "timeout",
  // Cloudflare in front of a vendor that did not answer.
  522: "timeout",
  524: "timeout",
  529: "overloaded",
};

/** The class that a status stands for when the body says nothing better. */
export function classOfStatus(status: number): FailureClass {
  const known = BY_STATUS[status];
  if (known !== undefined) return known;
  if (status >= 500) return "server-error";
  return status >= 400 ? "invalid" : "bad-upstream-reply";
}

/** Marks a failure of which the body said nothing that is known. `word`: the code or type that it did say. */
export function unknownBody(
  word: unknown,
  failure: Failure,
  status: number,
): Pick<Failure, "unclassified"> {
  const isGeneral = failure.class === classOfStatus(status);
  return word === undefined && isGeneral ? { unclassified: true } : {};
}

/** What a reply says of trying again: how long to wait in milliseconds, where it says so, and whether it helps at all. */
export type RetryHint = Partial<Pick<Failure, "retryAfter" | "waitFrom" | "shouldRetry">>;

/** Reads every hint that is known; what says it outright goes before the resets of windows. Empty: nothing is said. */
export function retryHint(header: HeaderReader, message: string): RetryHint {
  const told = waitIn(header) ?? waitInWords(message);
  const again = header("x-should-retry");
  return {
    ...(told === undefined
      ? {}
      : { retryAfter: Math.min(told.ms, LONGEST_MS), waitFrom: told.from }),
    ...(again === "true" || again === "false" ? { shouldRetry: again === "true" } : {}),
  };
}

type Wait = { readonly ms: number; readonly from: string };

/** No quota that anybody sells is longer than this. */
const LONGEST_MS = 7 * 86_400_000;

function waitIn(header: HeaderReader): Wait | undefined {
  return (
    plain(header, "retry-after-ms", 1) ?? retryAfter(header) ?? exhausted(header) ?? unified(header)
  );
}

function plain(header: HeaderReader, name: string, unit: number): Wait | undefined {
  const value = header(name);
  const parsed = value === undefined || value.trim() === "" ? Number.NaN : Number(value);
  return Number.isFinite(parsed) ? { ms: Math.max(parsed, 0) * unit, from: name } : undefined;
}

/** Seconds, or a date that is held against the reply's own `date` (RFC 9110 10.2.3): there is no clock here. */
function retryAfter(header: HeaderReader): Wait | undefined {
  const seconds = plain(header, "retry-after", 1000);
  if (seconds !== undefined) return seconds;
  const wait = Date.parse(header("retry-after") ?? "") - nowOf(header);
  return Number.isFinite(wait) ? { ms: Math.max(wait, 0), from: "retry-after" } : undefined;
}

function nowOf(header: HeaderReader): number {
  return Date.parse(header("date") ?? "");
}

/** Windows as vendors name them: what remains, and when it is full again. */
const WINDOWS: readonly (readonly [remaining: string, reset: string])[] = [
  ...["requests", "tokens", "input-tokens", "output-tokens"].map(
    (window) =>
      [`anthropic-ratelimit-${window}-remaining`, `anthropic-ratelimit-${window}-reset`] as const,
  ),
  ...["-requests", "-tokens", ""].map(
    (window) => [`x-ratelimit-remaining${window}`, `x-ratelimit-reset${window}`] as const,
  ),
  ["ratelimit-remaining", "ratelimit-reset"],
];

/** The reset of the windows that have nothing left; the longest of them counts. */
function exhausted(header: HeaderReader): Wait | undefined {
  const waits = WINDOWS.flatMap(([remaining, reset]) => {
    const isEmpty = Number(header(remaining) ?? "1") <= 0;
    const wait = isEmpty ? resetIn(header(reset) ?? "", nowOf(header)) : undefined;
    return wait === undefined ? [] : [{ ms: wait, from: reset }];
  });
  return waits.toSorted((a, b) => b.ms - a.ms)[0];
}

/** Anthropic's limits of subscriptions: the moment in Unix seconds. */
function unified(header: HeaderReader): Wait | undefined {
  const from = "anthropic-ratelimit-unified-reset";
  if (header("anthropic-ratelimit-unified-status") !== "rejected") return undefined;
  const wait = resetIn(header(from) ?? "", nowOf(header));
  return wait === undefined ? undefined : { ms: wait, from };
}

/** From here on a number is a moment in Unix seconds, and a thousand times further on in milliseconds. */
const UNIX_SECONDS = 1_000_000_000;

/** `6m0s`, `12.5` (seconds), a moment in Unix seconds or milliseconds, or a date. */
function resetIn(text: string, now: number): number | undefined {
  const duration = goDuration(text);
  if (duration !== undefined) return duration;
  const number = text.trim() === "" ? Number.NaN : Number(text);
  const isMoment = number >= UNIX_SECONDS;
  if (Number.isFinite(number) && !isMoment) return Math.ceil(Math.max(number, 0) * 1000);
  const unit = number >= UNIX_SECONDS * 1000 ? 1 : 1000;
  const moment = isMoment ? number * unit : Date.parse(text);
  const wait = moment - now;
  return Number.isFinite(wait) ? Math.max(wait, 0) : undefined;
}

const UNITS: Readonly<Record<string, number>> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
};
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|d|h|m|s))+$/;

/** `6m0s`, `1.5s`, `2ms`, `1d2h`: how OpenAI and Groq write durations. */
function goDuration(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|d|h|m|s)/g)) {
    total += Number(amount) * (UNITS[unit ?? ""] ?? 0);
  }
  return Math.ceil(total);
}

/** "Please try again in 1m12.5s." "Please retry in 34.4s." "Retry after 20 seconds." */
function waitInWords(message: string): Wait | undefined {
  const found = /(?:try again|retry) in ((?:\d+(?:\.\d+)?(?:ms|d|h|m|s))+)/i.exec(message)?.[1];
  const words = /(?:try again|retry)(?: in| after) (\d+(?:\.\d+)?) ?seconds?/i.exec(message)?.[1];
  const wait = found === undefined ? undefined : goDuration(found);
  if (wait !== undefined) return { ms: wait, from: "body" };
  return words === undefined ? undefined : { ms: Math.ceil(Number(words) * 1000), from: "body" };
}
