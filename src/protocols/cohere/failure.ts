// Errors of Cohere: `{message,id}` (translation.md A.6, B.14), both ways.
import { compact } from "../../lib/compact.ts";
import { asRecord, asString, parseJson, type Json, type Printable } from "../../lib/json.ts";
import type { Failure, FailureClass } from "../../ir/failure.ts";
import { classOfStatus, retryHint } from "../kit/failure-hints.ts";
import { plainMessage } from "../kit/plain-error.ts";
import type { EncodedFailure, HeaderReader } from "../protocol.ts";

/** Understands a non-2xx reply; never fails. */
export function decode(status: number, header: HeaderReader, body: Uint8Array): Failure {
  const text = new TextDecoder().decode(body);
  const document = parseJson(text);
  const record = document.ok ? asRecord(document.value.root) : undefined;
  const message =
    asString(record?.["message"]) ?? asString(record?.["data"]) ?? plainMessage(text, status);
  // 498 is Cohere's word for a blocked key or content.
  const general = status === 498 ? "forbidden" : classOfStatus(status);
  return compact({
    class: refined(general, message),
    message,
    status,
    type: asString(record?.["error_type"]),
    retryAfter: retryHint(header, message),
  });
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
const QUOTA = /trial key|monthly|quota|billing/i;
const NO_MODEL = /model [^.]{0,80}(?:not found|was removed|does not exist)/i;
const BAD_KEY = /invalid api token|no api key/i;

function refined(general: FailureClass, message: string): FailureClass {
  if (BAD_KEY.test(message)) return "unauthenticated";
  if ((general === "invalid" || general === "too-large") && CONTEXT.test(message))
    return "context-length";
  if (general === "rate-limited" && QUOTA.test(message)) return "quota-exhausted";
  if (general === "not-found" && NO_MODEL.test(message)) return "model-unknown";
  return general;
}

/** The status is all that tells classes apart. */
const STATUS = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  "not-found": 404,
  "model-unknown": 404,
  "method-not-allowed": 405,
  conflict: 400,
  "too-large": 400,
  "context-length": 400,
  "content-refused": 422,
  "rate-limited": 429,
  "quota-exhausted": 429,
  overloaded: 503,
  "server-error": 500,
  timeout: 504,
  network: 500,
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
  const body: Printable = { id: requestId, message: failure.message };
  return {
    status: STATUS[failure.class],
    headers: [["content-type", "application/json"], ...wait],
    body,
  };
}
