// Writes failures as OpenAI does: `{error:{message,type,code,param}}` (translation.md B.14).
import { printJson, type Printable } from "../../lib/json.ts";
import type { Failure, FailureClass } from "../../ir/failure.ts";
import type { Frame } from "../../wire/frame.ts";
import type { EncodedFailure } from "../protocol.ts";

type Row = { readonly status: number; readonly type: string; readonly code: string | null };

const INVALID = "invalid_request_error";

/** What each class looks like on the wire. The SDK picks its error class by status, agents look at `code`. */
const ROWS = {
  invalid: { status: 400, type: INVALID, code: null },
  unauthenticated: { status: 401, type: INVALID, code: "invalid_api_key" },
  forbidden: { status: 403, type: INVALID, code: null },
  "model-forbidden": { status: 403, type: INVALID, code: null },
  "not-found": { status: 404, type: INVALID, code: null },
  "model-unknown": { status: 404, type: INVALID, code: "model_not_found" },
  "method-not-allowed": { status: 405, type: INVALID, code: "method_not_supported" },
  conflict: { status: 409, type: INVALID, code: null },
  "too-large": { status: 413, type: INVALID, code: "request_too_large" },
  "context-length": { status: 400, type: INVALID, code: "context_length_exceeded" },
  "content-refused": { status: 400, type: INVALID, code: "content_filter" },
  "rate-limited": { status: 429, type: "rate_limit_error", code: "rate_limit_exceeded" },
  "quota-exhausted": { status: 429, type: "insufficient_quota", code: "insufficient_quota" },
  overloaded: { status: 503, type: "server_error", code: "overloaded" },
  "server-error": { status: 502, type: "server_error", code: null },
  timeout: { status: 504, type: "server_error", code: "timeout" },
  network: { status: 502, type: "server_error", code: "upstream_unreachable" },
  unreachable: { status: 502, type: "server_error", code: "upstream_unreachable" },
  misconfigured: { status: 502, type: "server_error", code: "upstream_misconfigured" },
  "bad-upstream-reply": { status: 502, type: "server_error", code: "bad_upstream_reply" },
  untranslatable: { status: 400, type: INVALID, code: "untranslatable_field" },
  "not-implemented": { status: 501, type: "server_error", code: "not_implemented" },
  cancelled: { status: 499, type: "server_error", code: "cancelled" },
  internal: { status: 500, type: "server_error", code: "internal_error" },
} as const satisfies Record<FailureClass, Row>;

/** Writes the native envelope. */
export function encode(failure: Failure, requestId: string): EncodedFailure {
  const { retryAfter } = failure;
  return {
    status: ROWS[failure.class].status,
    headers: [
      ["content-type", "application/json"],
      ["x-request-id", requestId],
      ...(retryAfter === undefined
        ? []
        : ([["retry-after", String(Math.ceil(retryAfter / 1000))]] as const)),
    ],
    body: errorBody(failure),
  };
}

/** The error object inside every envelope of this vendor. */
export type ErrorObject = {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
};

/** What a failure is called here. */
export function errorObject(failure: Failure): ErrorObject {
  const row: Row = ROWS[failure.class];
  return {
    message: failure.message,
    type: row.type,
    param: failure.param ?? null,
    code: row.code ?? nativeCode(failure.code),
  };
}

/** The body alone: also the last event of a stream that failed (translation.md D.3). */
function errorBody(failure: Failure): Printable {
  return { error: errorObject(failure) };
}

/** A code in OpenAI's style passes; exception names and numbers of other vendors would only confuse. */
function nativeCode(code: string | undefined): string | null {
  return code !== undefined && /^[a-z][a-z0-9_]*$/.test(code) ? code : null;
}

/** The event that ends a stream that failed: no `[DONE]` follows, so that the SDK throws (translation.md D.3). */
export function errorFrame(failure: Failure): Frame {
  return { kind: "sse", event: undefined, data: printJson(errorBody(failure)) };
}
