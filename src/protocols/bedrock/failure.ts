// Errors of Bedrock: the exception's name in a header, `{message}` in the body (translation.md A.5, B.14), both ways.
import { compact } from "../../lib/compact.ts";
import { asRecord, asString, parseJson, type Printable } from "../../lib/json.ts";
import type { Failure, FailureClass } from "../../ir/failure.ts";
import { classOfStatus, retryHint, unknownBody } from "../kit/failure-hints.ts";
import { plainMessage } from "../kit/plain-error.ts";
import type { EncodedFailure, HeaderReader } from "../protocol.ts";

/** Understands a non-2xx reply; never fails. */
export function decode(status: number, header: HeaderReader, body: Uint8Array): Failure {
  const text = new TextDecoder().decode(body);
  const document = parseJson(text);
  const record = document.ok ? asRecord(document.value.root) : undefined;
  const name = exceptionName(
    header("x-amzn-errortype") ?? asString(record?.["__type"]) ?? asString(record?.["code"]),
  );
  const message =
    asString(record?.["message"]) ?? asString(record?.["Message"]) ?? plainMessage(text, status);
  const failure = failureOf(name, message, status);
  return { ...failure, ...retryHint(header, message), ...unknownBody(name, failure, status) };
}

/** The name before `:http://…` and after the shape's namespace (`com.amazon#Name`) (E264). */
export function exceptionName(text: string | undefined): string | undefined {
  return text?.split(":", 1)[0]?.split("#").at(-1);
}

/** Classifies an exception; names in streams start with a small letter. */
export function failureOf(
  name: string | undefined,
  message: string,
  status: number | undefined,
): Failure {
  const key = name === undefined ? "" : name.charAt(0).toUpperCase() + name.slice(1);
  const general =
    (Object.hasOwn(BY_NAME, key) ? BY_NAME[key] : undefined) ??
    (status === undefined ? "server-error" : classOfStatus(status));
  return compact({
    class: refined(general, message),
    message,
    status,
    code: key === "" ? undefined : key,
  });
}

const BY_NAME: Readonly<Record<string, FailureClass>> = {
  AccessDeniedException: "forbidden",
  UnrecognizedClientException: "unauthenticated",
  InvalidSignatureException: "unauthenticated",
  ExpiredTokenException: "unauthenticated",
  IncompleteSignatureException: "unauthenticated",
  MissingAuthenticationTokenException: "unauthenticated",
  InvalidClientTokenId: "unauthenticated",
  SignatureDoesNotMatch: "unauthenticated",
  ValidationException: "invalid",
  ConflictException: "conflict",
  ServiceQuotaExceededException: "quota-exhausted",
  ResourceNotFoundException: "model-unknown",
  ModelTimeoutException: "timeout",
  ModelErrorException: "server-error",
  ModelStreamErrorException: "server-error",
  ThrottlingException: "rate-limited",
  ModelNotReadyException: "overloaded",
  InternalServerException: "server-error",
  ServiceUnavailableException: "overloaded",
  UnknownOperationException: "not-found",
  RequestEntityTooLargeException: "too-large",
};

const CONTEXT =
  /input is (?:too long|longer than the maximum)|too many input tokens|prompt is too long|exceeds? the (?:maximum|context)[^.]{0,60}tokens?|maximum[^.]{0,40}tokens[^.]{0,60}requested|token count[^.]{0,60}exceeds/i;
const NO_MODEL =
  /model identifier is invalid|could not resolve the foundation model|on-demand throughput isn.t supported/i;
const NOT_FOR_KEY = /access to the model|access (?:is denied|denied) to[^.]{0,40}model/i;
const BAD_KEY = /security token|signature|api key|authentication failed|credential/i;

/** What the wording adds to a general class: first match wins. */
const REFINEMENTS: Readonly<
  Partial<Record<FailureClass, readonly (readonly [RegExp, FailureClass])[]>>
> = {
  invalid: [
    [CONTEXT, "context-length"],
    [NOT_FOR_KEY, "model-forbidden"],
    [NO_MODEL, "model-unknown"],
  ],
  // An account has access to each model apart: the next one may be open to the same key.
  forbidden: [
    [NOT_FOR_KEY, "model-forbidden"],
    [NO_MODEL, "model-unknown"],
    [BAD_KEY, "unauthenticated"],
  ],
  "model-unknown": [[/guardrail/i, "not-found"]],
  "rate-limited": [[/per day|daily/i, "quota-exhausted"]],
};

function refined(general: FailureClass, message: string): FailureClass {
  return REFINEMENTS[general]?.find(([pattern]) => pattern.test(message))?.[1] ?? general;
}

type Row = { readonly status: number; readonly name: string };

/** What each class looks like on the wire: the SDK picks its error class by the exception's name. */
const ROWS = {
  invalid: { status: 400, name: "ValidationException" },
  unauthenticated: { status: 403, name: "AccessDeniedException" },
  forbidden: { status: 403, name: "AccessDeniedException" },
  "model-forbidden": { status: 403, name: "AccessDeniedException" },
  "not-found": { status: 404, name: "ResourceNotFoundException" },
  "model-unknown": { status: 404, name: "ResourceNotFoundException" },
  "method-not-allowed": { status: 405, name: "ValidationException" },
  conflict: { status: 400, name: "ConflictException" },
  "too-large": { status: 400, name: "ValidationException" },
  "context-length": { status: 400, name: "ValidationException" },
  "content-refused": { status: 400, name: "ValidationException" },
  "rate-limited": { status: 429, name: "ThrottlingException" },
  "quota-exhausted": { status: 400, name: "ServiceQuotaExceededException" },
  overloaded: { status: 503, name: "ServiceUnavailableException" },
  "server-error": { status: 500, name: "InternalServerException" },
  timeout: { status: 408, name: "ModelTimeoutException" },
  network: { status: 500, name: "InternalServerException" },
  unreachable: { status: 500, name: "InternalServerException" },
  misconfigured: { status: 500, name: "InternalServerException" },
  "bad-upstream-reply": { status: 424, name: "ModelErrorException" },
  untranslatable: { status: 400, name: "ValidationException" },
  "not-implemented": { status: 501, name: "InternalServerException" },
  cancelled: { status: 400, name: "ValidationException" },
  internal: { status: 500, name: "InternalServerException" },
} as const satisfies Record<FailureClass, Row>;

/** Writes the native envelope. */
export function encode(failure: Failure, requestId: string): EncodedFailure {
  const { status, name } = ROWS[failure.class];
  const { retryAfter } = failure;
  const wait =
    retryAfter === undefined
      ? []
      : ([["retry-after", String(Math.ceil(retryAfter / 1000))]] as const);
  return {
    status,
    headers: [
      ["content-type", "application/json"],
      ["x-amzn-errortype", name],
      ["x-amzn-requestid", requestId],
      ...wait,
    ],
    body: errorBody(failure),
  };
}

/** The body alone. Agents compact their history on the service's own wording (E265). */
export function errorBody(failure: Failure): Printable {
  const { class: kind, message } = failure;
  return kind === "context-length" && !CONTEXT.test(message)
    ? { message: `Input is too long for requested model: ${message}` }
    : { message };
}

/** The exceptions that the model of a converse stream knows; every class becomes one of them. */
export function streamException(failure: Failure): string {
  switch (ROWS[failure.class].name) {
    case "ThrottlingException":
    case "ServiceQuotaExceededException":
      return "throttlingException";
    case "ServiceUnavailableException":
      return "serviceUnavailableException";
    case "ModelErrorException":
    case "ModelTimeoutException":
      return "modelStreamErrorException";
    case "ValidationException":
    case "ConflictException":
    case "ResourceNotFoundException":
    case "AccessDeniedException":
      return "validationException";
    case "InternalServerException":
      return "internalServerException";
  }
}
