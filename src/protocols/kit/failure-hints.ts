// What the status and the headers of an error reply say: its general class, and how long to wait.
import type { FailureClass } from "../../ir/failure.ts";
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

/** How long the upstream asks to wait, in milliseconds; `undefined` if it does not say. */
export function retryHint(header: HeaderReader, message: string): number | undefined {
  return (
    milliseconds(header("retry-after-ms")) ??
    retryAfter(header) ??
    exhaustedWindow(header) ??
    exhaustedUntil(header) ??
    waitInWords(message)
  );
}

function milliseconds(value: string | undefined): number | undefined {
  const parsed = value === undefined || value.trim() === "" ? Number.NaN : Number(value);
  return Number.isFinite(parsed) && parsed >= 0 ? parsed : undefined;
}

/** Seconds, or a date that is held against the reply's own `date` (RFC 9110 10.2.3): there is no clock here. */
function retryAfter(header: HeaderReader): number | undefined {
  const value = header("retry-after");
  if (value === undefined) return undefined;
  const seconds = milliseconds(value);
  if (seconds !== undefined) return seconds * 1000;
  const wait = Date.parse(value) - Date.parse(header("date") ?? "");
  return Number.isFinite(wait) ? Math.max(wait, 0) : undefined;
}

/** The reset of the windows that have nothing left; the longest of them counts. */
function exhaustedWindow(header: HeaderReader): number | undefined {
  const waits: number[] = [];
  for (const window of ["requests", "tokens"]) {
    const reset = header(`x-ratelimit-reset-${window}`);
    if (header(`x-ratelimit-remaining-${window}`) !== "0" || reset === undefined) continue;
    const wait = goDuration(reset);
    if (wait !== undefined) waits.push(wait);
  }
  return waits.length === 0 ? undefined : Math.max(...waits);
}

/** Anthropic names the moment at which a window is full again (RFC 3339), held against the reply's own `date`. */
function exhaustedUntil(header: HeaderReader): number | undefined {
  const now = Date.parse(header("date") ?? "");
  const waits = ["requests", "tokens", "input-tokens", "output-tokens"].flatMap((window) => {
    if (header(`anthropic-ratelimit-${window}-remaining`) !== "0") return [];
    const wait = Date.parse(header(`anthropic-ratelimit-${window}-reset`) ?? "") - now;
    return Number.isFinite(wait) ? [Math.max(wait, 0)] : [];
  });
  return waits.length === 0 ? undefined : Math.max(...waits);
}

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|h|m|s))+$/;

/** `6m0s`, `1.5s`, `2ms`: how OpenAI and Groq write durations. */
function goDuration(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)) {
    total += Number(amount) * (UNITS[unit ?? ""] ?? 0);
  }
  return Math.ceil(total);
}

/** "Please try again in 1m12.5s." */
function waitInWords(message: string): number | undefined {
  const found = /try again in ((?:\d+(?:\.\d+)?(?:ms|h|m|s))+)/i.exec(message)?.[1];
  return found === undefined ? undefined : goDuration(found);
}
