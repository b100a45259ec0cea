// Errors of Gemini: `{error:{code,message,status,details[]}}` (translation.md A.4, B.14), both ways.
import { entry } from "../../lib/entry.ts";
import { compact } from "../../lib/compact.ts";
import {
  asArray,
  asNumber,
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

/** Understands a non-2xx reply; never fails. */
export function decode(status: number, header: HeaderReader, body: Uint8Array): Failure {
  const text = new TextDecoder().decode(body);
  const document = parseJson(text);
  const error = document.ok ? errorRecord(document.value.root) : undefined;
  if (error === undefined) {
    const message = plainMessage(text, status);
    const failure: Failure = { class: classOfStatus(status), message, status };
    return {
      ...failure,
      ...retryHint(header, message),
      ...unknownBody(undefined, failure, status),
    };
  }
  const failure = failureOf(error, status);
  const hint = failure.retryAfter === undefined ? retryHint(header, failure.message) : {};
  return { ...failure, ...hint, ...unknownBody(error["status"], failure, status) };
}

/** Classifies an error object; without a status its own code counts. */
function failureOf(error: JsonRecord, status: number | undefined): Failure {
  const message = asString(error["message"]) ?? "the upstream reported an error without a message";
  const word = asString(error["status"]);
  const inner = status ?? asNumber(error["code"]);
  const general =
    (word === undefined ? undefined : entry(BY_STATUS, word)) ?? classOfStatus(inner ?? 500);
  return compact({
    class: refined(general, message, error),
    message,
    status,
    code: word,
    type: texts(error, "reason")[0],
    param: texts(error, "fieldViolations", "field")[0],
    ...delayIn(error),
  });
}

/** Recognises an error in a body or chunk that came with status 200. */
export function failureIn(body: Json): Failure | undefined {
  const error = errorRecord(body);
  return error === undefined ? undefined : failureOf(error, undefined);
}

/** `{error}`, or `[{error}]` where a stream without `alt=sse` was asked for. */
function errorRecord(body: Json): JsonRecord | undefined {
  const first = asArray(body)?.[0];
  return asRecord(asRecord(first ?? body)?.["error"]);
}

/** google.rpc.Code by name. */
const BY_STATUS: Readonly<Record<string, FailureClass>> = {
  INVALID_ARGUMENT: "invalid",
  FAILED_PRECONDITION: "invalid",
  OUT_OF_RANGE: "invalid",
  UNAUTHENTICATED: "unauthenticated",
  PERMISSION_DENIED: "forbidden",
  NOT_FOUND: "not-found",
  ABORTED: "conflict",
  ALREADY_EXISTS: "conflict",
  RESOURCE_EXHAUSTED: "rate-limited",
  CANCELLED: "cancelled",
  INTERNAL: "server-error",
  UNKNOWN: "server-error",
  UNAVAILABLE: "overloaded",
  DEADLINE_EXCEEDED: "timeout",
  UNIMPLEMENTED: "invalid",
};

/** `google.rpc.ErrorInfo.reason`: finer than the status where it is there. */
const BY_REASON: Readonly<Record<string, FailureClass>> = {
  // A bad key is answered 400 (E027).
  API_KEY_INVALID: "unauthenticated",
  API_KEY_EXPIRED: "unauthenticated",
  ACCESS_TOKEN_EXPIRED: "unauthenticated",
  ACCESS_TOKEN_TYPE_UNSUPPORTED: "unauthenticated",
  CREDENTIALS_MISSING: "unauthenticated",
  BILLING_DISABLED: "quota-exhausted",
};

const CONTEXT =
  /input token count|exceeds the maximum number of tokens|input (?:context )?is (?:too long|longer than the maximum)|maximum[^.]{0,40}tokens[^.]{0,40}requested/i;
const BAD_KEY = /api key (?:not valid|not found|expired|was reported as leaked)/i;
const NO_MODEL =
  /models?\/[^ ]+ is not found|publisher model|is not supported for (?:generate|count|embed)/i;
const TOO_LARGE = /payload size exceeds/i;
/** The credit is gone, as opposed to a window that opens again: the quota's own id tells those apart. */
const UNPAID = /credits? (?:are|is|have been) (?:depleted|exhausted)|enable billing|spending cap/i;

/** What the wording adds to a general class: first match wins. */
const REFINEMENTS: Readonly<
  Partial<Record<FailureClass, readonly (readonly [RegExp, FailureClass])[]>>
> = {
  invalid: [
    [BAD_KEY, "unauthenticated"],
    [CONTEXT, "context-length"],
    [TOO_LARGE, "too-large"],
    [UNPAID, "quota-exhausted"],
    [/location is not supported/i, "forbidden"],
  ],
  forbidden: [
    [BAD_KEY, "unauthenticated"],
    [UNPAID, "quota-exhausted"],
    [
      /permission[^.]{0,40}models?\/|access to[^.]{0,20}model|model[^.]{0,60}not (?:available|allowed)/i,
      "model-forbidden",
    ],
  ],
  "not-found": [[NO_MODEL, "model-unknown"]],
  "rate-limited": [[UNPAID, "quota-exhausted"]],
};

function refined(general: FailureClass, message: string, error: JsonRecord): FailureClass {
  for (const reason of texts(error, "reason")) {
    const known = Object.hasOwn(BY_REASON, reason) ? BY_REASON[reason] : undefined;
    if (known !== undefined) return known;
  }
  // A day's quota comes with a hint of seconds that helps nobody.
  const daily = texts(error, "violations", "quotaId").some((id) => id.includes("PerDay"));
  if (general === "rate-limited" && daily) return "quota-exhausted";
  return REFINEMENTS[general]?.find(([pattern]) => pattern.test(message))?.[1] ?? general;
}

/** Strings in the error's details: members of the details themselves, or of the objects in one of their lists. */
function texts(error: JsonRecord, key: string, inner?: string): readonly string[] {
  return (asArray(error["details"]) ?? []).flatMap((detail) => {
    const value = asRecord(detail)?.[key];
    const found =
      inner === undefined
        ? [asString(value)]
        : (asArray(value) ?? []).map((element) => asString(asRecord(element)?.[inner]));
    return found.filter((text) => text !== undefined);
  });
}

/** `google.rpc.RetryInfo`: `retryDelay: "12s"` (E262). */
function delayIn(error: JsonRecord): Pick<Failure, "retryAfter" | "waitFrom"> {
  for (const detail of asArray(error["details"]) ?? []) {
    const delay = /^(\d+(?:\.\d+)?)s$/.exec(asString(asRecord(detail)?.["retryDelay"]) ?? "")?.[1];
    if (delay !== undefined)
      return { retryAfter: Math.ceil(Number(delay) * 1000), waitFrom: "body" };
  }
  return {};
}

type Row = { readonly code: number; readonly status: string };

/** What each class looks like on the wire. The SDK needs a numeric code (E313). */
const ROWS = {
  invalid: { code: 400, status: "INVALID_ARGUMENT" },
  unauthenticated: { code: 401, status: "UNAUTHENTICATED" },
  forbidden: { code: 403, status: "PERMISSION_DENIED" },
  "model-forbidden": { code: 403, status: "PERMISSION_DENIED" },
  "not-found": { code: 404, status: "NOT_FOUND" },
  "model-unknown": { code: 404, status: "NOT_FOUND" },
  "method-not-allowed": { code: 405, status: "INVALID_ARGUMENT" },
  conflict: { code: 409, status: "ABORTED" },
  "too-large": { code: 400, status: "INVALID_ARGUMENT" },
  "context-length": { code: 400, status: "INVALID_ARGUMENT" },
  "content-refused": { code: 400, status: "INVALID_ARGUMENT" },
  "rate-limited": { code: 429, status: "RESOURCE_EXHAUSTED" },
  "quota-exhausted": { code: 429, status: "RESOURCE_EXHAUSTED" },
  overloaded: { code: 503, status: "UNAVAILABLE" },
  "server-error": { code: 502, status: "INTERNAL" },
  timeout: { code: 504, status: "DEADLINE_EXCEEDED" },
  network: { code: 502, status: "INTERNAL" },
  unreachable: { code: 502, status: "INTERNAL" },
  misconfigured: { code: 502, status: "INTERNAL" },
  "bad-upstream-reply": { code: 502, status: "INTERNAL" },
  untranslatable: { code: 400, status: "INVALID_ARGUMENT" },
  "not-implemented": { code: 501, status: "UNIMPLEMENTED" },
  cancelled: { code: 499, status: "CANCELLED" },
  internal: { code: 500, status: "INTERNAL" },
} as const satisfies Record<FailureClass, Row>;

/** Writes the native envelope. */
export function encode(failure: Failure, _requestId: string): EncodedFailure {
  const { retryAfter } = failure;
  const wait =
    retryAfter === undefined
      ? []
      : ([["retry-after", String(Math.ceil(retryAfter / 1000))]] as const);
  return {
    status: ROWS[failure.class].code,
    headers: [["content-type", "application/json; charset=UTF-8"], ...wait],
    body: errorBody(failure),
  };
}

/** The body alone: also the last event or element of a stream that failed. */
export function errorBody(failure: Failure): Printable {
  const { retryAfter, class: kind, param } = failure;
  // The status has no word for it: the vendor's own wording is what agents compact their history on (E265).
  const message =
    kind === "context-length" && !CONTEXT.test(failure.message)
      ? `The input token count exceeds the maximum number of tokens allowed: ${failure.message}`
      : failure.message;
  const details: Printable[] = [];
  if (retryAfter !== undefined) {
    const retryDelay = `${Math.ceil(retryAfter / 1000)}s`;
    details.push({ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay });
  }
  if (param !== undefined && ROWS[kind].status === "INVALID_ARGUMENT") {
    const fieldViolations = [{ field: param, description: message }];
    details.push({ "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations });
  }
  return { error: { ...ROWS[kind], message, details: details.length === 0 ? undefined : details } };
}
