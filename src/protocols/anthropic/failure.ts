// Errors of Messages: `{type:"error",error:{type,message},request_id}` (translation.md A.3, B.14), both ways.
import { compact } from "../../lib/compact.ts";
import {
  asRecord,
  asString,
  parseJson,
  type Json,
  type JsonRecord,
  type Printable,
} from "../../lib/json.ts";
import type { Failure, FailureClass } from "../../ir/failure.ts";
import { classOfStatus, retryHint, unknownBody } from "../kit/failure-hints.ts";
import { plainMessage } from "../kit/plain-error.ts";
import type { EncodedFailure, HeaderReader } from "../protocol.ts";
import { errorDetails } from "./thread.ts";

/** Understands a non-2xx reply; never fails. */
export function decode(status: number, header: HeaderReader, body: Uint8Array): Failure {
  const text = new TextDecoder().decode(body);
  const document = parseJson(text);
  const error = document.ok ? errorRecord(document.value.root) : undefined;
  const message = asString(error?.["message"]) ?? plainMessage(text, status);
  const failure = failureOf(error, status);
  return {
    ...failure,
    message,
    ...retryHint(header, message),
    ...unknownBody(error?.["type"], failure, status),
  };
}

/** Classifies an error object; without a status it came in mid-stream or with a 200. */
function failureOf(error: JsonRecord | undefined, status: number | undefined): Failure {
  const type = asString(error?.["type"]);
  const message =
    asString(error?.["message"]) ?? "the upstream reported an error without a message";
  const general =
    classOfType(type) ?? (status === undefined ? "server-error" : classOfStatus(status));
  return compact({ class: refined(general, message), message, status, type });
}

/** Recognises an error in a body or event that came with status 200. */
export function failureIn(body: Json): Failure | undefined {
  const error = errorRecord(body);
  return error === undefined ? undefined : failureOf(error, undefined);
}

function errorRecord(body: Json): JsonRecord | undefined {
  const record = asRecord(body);
  const inner = asRecord(record?.["error"]);
  return inner ?? (record?.["type"] === "error" ? record : undefined);
}

const BY_TYPE: Readonly<Record<string, FailureClass>> = {
  invalid_request_error: "invalid",
  authentication_error: "unauthenticated",
  billing_error: "quota-exhausted",
  permission_error: "forbidden",
  not_found_error: "not-found",
  conflict_error: "conflict",
  request_too_large: "too-large",
  rate_limit_error: "rate-limited",
  api_error: "server-error",
  timeout_error: "timeout",
  overloaded_error: "overloaded",
};

function classOfType(type: string | undefined): FailureClass | undefined {
  return type === undefined || !Object.hasOwn(BY_TYPE, type) ? undefined : BY_TYPE[type];
}

const CONTEXT =
  /prompt is too long|exceeds? the (?:maximum|context)[^.]{0,60}(?:tokens?|context)|context window|input length and `max_tokens` exceed/i;
const QUOTA = /credit balance is too low|usage limits?|spend(?:ing)? limit/i;
const NOT_FOR_KEY =
  /(?:access to|permission to use|not allowed to use)[^.]{0,60}model|model[^.]{0,60}not (?:available|allowed)/i;
const NO_MODEL = /^model:|model[^.]{0,60}(?:not found|does not exist)/i;

function refined(general: FailureClass, message: string): FailureClass {
  if ((general === "invalid" || general === "too-large") && CONTEXT.test(message))
    return "context-length";
  if ((general === "invalid" || general === "forbidden") && QUOTA.test(message))
    return "quota-exhausted";
  if (general === "not-found" && NO_MODEL.test(message)) return "model-unknown";
  if (general === "forbidden" && NOT_FOR_KEY.test(message)) return "model-forbidden";
  return general;
}

type Row = { readonly status: number; readonly type: string };

/** What each class looks like on the wire; the SDK picks its error class by status and type. */
const ROWS = {
  invalid: { status: 400, type: "invalid_request_error" },
  unauthenticated: { status: 401, type: "authentication_error" },
  forbidden: { status: 403, type: "permission_error" },
  "model-forbidden": { status: 403, type: "permission_error" },
  "not-found": { status: 404, type: "not_found_error" },
  "model-unknown": { status: 404, type: "not_found_error" },
  "method-not-allowed": { status: 405, type: "invalid_request_error" },
  conflict: { status: 409, type: "conflict_error" },
  "too-large": { status: 413, type: "request_too_large" },
  "context-length": { status: 400, type: "invalid_request_error" },
  "content-refused": { status: 400, type: "invalid_request_error" },
  "rate-limited": { status: 429, type: "rate_limit_error" },
  "quota-exhausted": { status: 402, type: "billing_error" },
  overloaded: { status: 529, type: "overloaded_error" },
  "server-error": { status: 502, type: "api_error" },
  timeout: { status: 504, type: "timeout_error" },
  network: { status: 502, type: "api_error" },
  unreachable: { status: 502, type: "api_error" },
  misconfigured: { status: 502, type: "api_error" },
  "bad-upstream-reply": { status: 502, type: "api_error" },
  untranslatable: { status: 400, type: "invalid_request_error" },
  "not-implemented": { status: 501, type: "api_error" },
  cancelled: { status: 499, type: "api_error" },
  internal: { status: 500, type: "api_error" },
} as const satisfies Record<FailureClass, Row>;

/** Writes the native envelope. */
export function encode(failure: Failure, requestId: string): EncodedFailure {
  const { retryAfter } = failure;
  const wait =
    retryAfter === undefined
      ? []
      : ([["retry-after", String(Math.ceil(retryAfter / 1000))]] as const);
  return {
    status: ROWS[failure.class].status,
    headers: [["content-type", "application/json"], ["request-id", requestId], ...wait],
    body: { ...errorBody(failure), request_id: requestId },
  };
}

/** The body alone: also the data of an `error` event (translation.md D.5). */
export function errorBody(failure: Failure): { readonly [key: string]: Printable } {
  const { type } = ROWS[failure.class];
  // Agents compact their history on this wording, which is the vendor's own (E265).
  const message =
    failure.class === "context-length" && !CONTEXT.test(failure.message)
      ? `prompt is too long: ${failure.message}`
      : failure.message;
  const details = errorDetails(failure);
  return {
    type: "error",
    error: { type, message, ...(details === undefined ? {} : { details }) },
  };
}
