// Errors of Cohere: `{message,id}` (translation.md A.6, B.14), both ways.
import { compact } from "../../lib/compact.ts";
import { asRecord, asString, parseJson, type Json, type Printable } from "../../lib/json.ts";
import type { Failure, FailureClass } from "../../ir/failure.ts";
import { classOfStatus, retryHint, unknownBody } from "../kit/failure-hints.ts";
import { plainMessage } from "../kit/plain-error.ts";
import type { EncodedFailure, HeaderReader } from "../protocol.ts";

/** Understands a non-2xx reply; never fails. */
export function decode(status: number, header: HeaderReader, body: Uint8Array): Failure {
  const text = new TextDecoder().decode(body);
  const document = parseJson(text);
  const record = document.ok ? asRecord(document.value.root) : undefined;
  const message =
    asString(record?.["message"]) ?? asString(record?.["data"]) ?? plainMessage(text, status);
  // Cohere's own status for input or output that its filters blocked.
  const general = status === 498 ? "content-refused" : classOfStatus(status);
  const kind = refined(general, message);
  const failure: Failure = compact({
    class: kind,
    message,
    status,
    type: asString(record?.["error_type"]),
  });
  // Every body has only words: where they say nothing that is known, the status did.
  return {
    ...failure,
    ...retryHint(header, message),
    ...unknownBody(record?.["message"], failure, status),
  };
}

/** Recognises an error in a body that came with status 200: a message, and nothing else that an answer would have. */
export function failureIn(body: Json): Failure | undefined {
  const record = asRecord(body);
  const message = asString(record?.["message"]);
  if (record === undefined || message === undefined || record["finish_reason"] !== undefined)
    return undefined;
  return { class: refined("server-error", message), message };
}

const CONTEXT =
  /too many tokens|token limit|(?:too long|exceeds)[^.]{0,80}(?:tokens?|context|input)|maximum[^.]{0,40}tokens?/i;
/** Limits of a minute come with the same words about trial keys, but a minute passes. */
const QUOTA = /\/ ?month|monthly|billing|spending limit|out of credits/i;
const NO_MODEL = /model [^.]{0,80}(?:not found|was removed|does not exist)/i;
const BAD_KEY = /invalid api (?:token|key)|no api key/i;
const REFUSED = /blocked (?:input|output)|safety/i;

/** What the wording adds to a general class: first match wins. */
const REFINEMENTS: Readonly<
  Partial<Record<FailureClass, readonly (readonly [RegExp, FailureClass])[]>>
> = {
  invalid: [
    [CONTEXT, "context-length"],
    [NO_MODEL, "model-unknown"],
    [BAD_KEY, "unauthenticated"],
    [REFUSED, "content-refused"],
  ],
  forbidden: [
    [/access to (?:this|the) model|model[^.]{0,40}not (?:available|allowed)/i, "model-forbidden"],
  ],
  "too-large": [[CONTEXT, "context-length"]],
  "not-found": [[NO_MODEL, "model-unknown"]],
  "rate-limited": [[QUOTA, "quota-exhausted"]],
};

function refined(general: FailureClass, message: string): FailureClass {
  return REFINEMENTS[general]?.find(([pattern]) => pattern.test(message))?.[1] ?? general;
}

/** The status is all that tells classes apart. */
const STATUS = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  "model-forbidden": 403,
  "not-found": 404,
  "model-unknown": 404,
  "method-not-allowed": 405,
  conflict: 400,
  "too-large": 400,
  "context-length": 400,
  "content-refused": 400,
  "rate-limited": 429,
  "quota-exhausted": 429,
  overloaded: 503,
  "server-error": 500,
  timeout: 504,
  network: 500,
  unreachable: 500,
  misconfigured: 500,
  "bad-upstream-reply": 500,
  untranslatable: 400,
  "not-implemented": 501,
  cancelled: 499,
  internal: 500,
} as const satisfies Record<FailureClass, number>;

/** Writes the native envelope. */
export function encode(failure: Failure, requestId: string): EncodedFailure {
  const { retryAfter } = failure;
  const wait =
    retryAfter === undefined
      ? []
      : ([["retry-after", String(Math.ceil(retryAfter / 1000))]] as const);
  const body: Printable = { id: requestId, message: messageOf(failure) };
  return {
    status: STATUS[failure.class],
    headers: [["content-type", "application/json"], ...wait],
    body,
  };
}

/** The text that callers see; agents compact their history on the vendor's own wording (E265). */
export function messageOf({ class: kind, message }: Failure): string {
  return kind === "context-length" && !CONTEXT.test(message)
    ? `too many tokens: ${message}`
    : message;
}
