// Errors of OpenAI and of the many vendors that answer in its manner, read into one vocabulary. The words come from
// OpenAI's error-code guide and from recorded traffic; an unknown body falls back to the status.
import { compact } from "../../lib/compact.ts";
import { asArray, asNumber, asRecord, asString, parseJson, type Json } from "../../lib/json.ts";
import type { Failure, FailureClass } from "../../ir/failure.ts";
import type { HeaderReader } from "../protocol.ts";
import { classOfStatus, retryHint, unknownBody } from "./failure-hints.ts";
import { plainMessage } from "../kit/plain-error.ts";

/** What an error body says, whatever its shape. */
export type ErrorDetail = {
  readonly message: string | undefined;
  readonly type: string | undefined;
  readonly code: string | undefined;
  readonly param: string | undefined;
  /** Further text that helps to classify, not shown to the caller. */
  readonly hint: string;
};

/** Understands a non-2xx reply; never fails. */
export function decode(status: number, header: HeaderReader, body: Uint8Array): Failure {
  const text = new TextDecoder().decode(body);
  const document = parseJson(text);
  const detail = document.ok ? errorDetail(document.value.root) : undefined;
  const failure = failureOf(detail, status);
  const message = detail?.message ?? plainMessage(text, status);
  const known = detail?.code ?? detail?.type;
  return {
    ...failure,
    message,
    ...retryHint(header, failure.message),
    ...unknownBody(known, failure, status),
  };
}

/** Classifies an error object that came with a status, in a 200 body, or in mid-stream (`status` then absent). */
export function failureOf(detail: ErrorDetail | undefined, status: number | undefined): Failure {
  const inner = status ?? statusIn(detail?.code);
  return compact({
    class: classify(detail, inner),
    message: detail?.message ?? "the upstream reported an error without a message",
    status,
    code: detail?.code,
    type: detail?.type,
    param: detail?.param,
  });
}

/** Recognises an error in a body or chunk that came with status 200; `undefined`: it is none. */
export function failureIn(body: Json): Failure | undefined {
  const record = asRecord(asArray(body)?.[0] ?? body);
  const error = record?.["error"] ?? null;
  if (record === undefined || error === null || error === "" || error === false) return undefined;
  const detail = errorDetail(record);
  return detail === undefined ? undefined : failureOf(detail, undefined);
}

/**
 * Finds the error in a body: `{error:{…}}`, `{error:"…"}`, Google's `[{error}]`, Mistral's bare `{message,type,code}`,
 * FastAPI's `{detail}`. `undefined`: the body is no error.
 */
export function errorDetail(body: Json): ErrorDetail | undefined {
  const first = asArray(body)?.[0];
  const root = asRecord(first ?? body);
  if (root === undefined) return undefined;
  const error = root["error"];
  const inner = asRecord(error);
  if (inner !== undefined) return recordDetail(inner);
  const text = asString(error) ?? asString(root["detail"]);
  if (text !== undefined) return { ...recordDetail(root), message: text };
  const message = asString(root["message"]);
  if (message !== undefined && root["choices"] === undefined) return recordDetail(root);
  const invalid = asRecord(asArray(root["detail"])?.[0]);
  return invalid === undefined ? undefined : validationDetail(invalid);
}

function recordDetail(error: Readonly<Record<string, Json>>): ErrorDetail {
  const metadata = asRecord(error["metadata"]);
  const inner = asRecord(error["innererror"]);
  const hints = [metadata?.["raw"], inner?.["code"], error["status"]];
  const raw = asString(metadata?.["raw"]);
  const message = asString(error["message"]);
  return {
    message: raw !== undefined && message === "Provider returned error" ? raw : message,
    type: asString(error["type"]),
    code: word(error["code"]),
    param: asString(error["param"]),
    hint: hints.map((value) => word(value) ?? "").join(" "),
  };
}

/** FastAPI: `{detail:[{loc:["body","messages",0],msg,type}]}`. */
function validationDetail(error: Readonly<Record<string, Json>>): ErrorDetail {
  const place = asArray(error["loc"])?.map((step) => word(step) ?? "") ?? [];
  return {
    message: asString(error["msg"]),
    type: asString(error["type"]),
    code: undefined,
    param: place[0] === "body" ? place.slice(1).join(".") : place.join("."),
    hint: "",
  };
}

function word(value: Json | undefined): string | undefined {
  const number = asNumber(value);
  return number === undefined ? asString(value) : String(number);
}

/** Some vendors put the HTTP status into `code` when they can no longer set it. */
function statusIn(code: string | undefined): number | undefined {
  return code !== undefined && /^[45]\d\d$/.test(code) ? Number(code) : undefined;
}

const BY_CODE: Readonly<Record<string, FailureClass>> = {
  context_length_exceeded: "context-length",
  insufficient_quota: "quota-exhausted",
  billing_hard_limit_reached: "quota-exhausted",
  billing_not_active: "quota-exhausted",
  invalid_api_key: "unauthenticated",
  invalid_authentication: "unauthenticated",
  invalid_authentication_error: "unauthenticated",
  account_deactivated: "forbidden",
  unsupported_country_region_territory: "forbidden",
  model_not_found: "model-unknown",
  model_not_available: "model-unknown",
  invalid_model: "model-unknown",
  DeploymentNotFound: "model-unknown",
  content_filter: "content-refused",
  content_policy_violation: "content-refused",
  moderation_blocked: "content-refused",
  ResponsibleAIPolicyViolation: "content-refused",
  rate_limit_exceeded: "rate-limited",
  rate_limit_error: "rate-limited",
  request_too_large: "too-large",
  timeout: "timeout",
  overloaded: "overloaded",
  engine_overloaded: "overloaded",
  engine_overloaded_error: "overloaded",
  overloaded_error: "overloaded",
};

const CONTEXT =
  /maximum context length|context[ _-](?:length|window|size|limit)|prompt is too long|input (?:is )?too long|too many (?:input )?tokens|max_model_len|token limit reached|exceeds? the (?:model'?s? )?(?:maximum )?(?:number of )?(?:input )?tokens?|reduce the length/i;
const QUOTA =
  /insufficient (?:balance|credits?|funds|quota)|exceeded your current quota|out of credits|requires more credits|(?:reached|hit|exceeded)[^.]{0,40}(?:weekly|monthly|daily|usage|spend(?:ing)?) (?:usage )?(?:limit|quota)|(?:weekly|monthly|daily|usage) (?:limit|quota) (?:reached|exceeded|exhausted)|tokens per day|\(TPD\)|requests per day|\(RPD\)/i;
const BAD_KEY =
  /(?:incorrect|invalid|not valid)[^.]{0,40}api.?key|api.?key[^.]{0,20}(?:not valid|invalid)/i;
const NO_MODEL =
  /model[^.]{0,120}(?:does not exist|not found|is not available|has been (?:deprecated|decommissioned))|not a valid model id|no such model|unknown model|invalid model/i;
const REFUSED = /content (?:management|filter|policy)|flagged|safety system|usage guidelines/i;
/** A key of a project that some models are closed to. */
const NOT_FOR_KEY =
  /does not have access to (?:the )?model|not allowed to (?:access|use)[^.]{0,20}model|model[^.]{0,60}not (?:available|allowed|enabled) (?:for|with|on)[^.]{0,40}(?:key|account|plan|project|organization)/i;
const RATE_LIMIT = /rate.?limit/i;
const BUSY = /overloaded|over capacity|at capacity|no available capacity|temporarily unavailable/i;

function classify(detail: ErrorDetail | undefined, status: number | undefined): FailureClass {
  const named = classOfWords(detail);
  if (named !== undefined) return named;
  const text = `${detail?.message ?? ""} ${detail?.hint ?? ""}`;
  const general = status === undefined ? classOfType(detail?.type) : classOfStatus(status);
  return refined(text, general) ?? general;
}

function classOfWords(detail: ErrorDetail | undefined): FailureClass | undefined {
  for (const name of [detail?.code, detail?.type, ...(detail?.hint.split(" ") ?? [])]) {
    const known = name === undefined || !Object.hasOwn(BY_CODE, name) ? undefined : BY_CODE[name];
    if (known !== undefined) return known;
  }
  return undefined;
}

/** What the wording adds to the general class: first match wins. */
const REFINEMENTS: Readonly<
  Partial<Record<FailureClass, readonly (readonly [RegExp, FailureClass])[]>>
> = {
  invalid: [
    [CONTEXT, "context-length"],
    [BAD_KEY, "unauthenticated"],
    [QUOTA, "quota-exhausted"],
    [NOT_FOR_KEY, "model-forbidden"],
    [NO_MODEL, "model-unknown"],
    [REFUSED, "content-refused"],
  ],
  "too-large": [[CONTEXT, "context-length"]],
  "not-found": [[NO_MODEL, "model-unknown"]],
  forbidden: [
    [QUOTA, "quota-exhausted"],
    [NOT_FOR_KEY, "model-forbidden"],
    [REFUSED, "content-refused"],
  ],
  "rate-limited": [
    [QUOTA, "quota-exhausted"],
    [RATE_LIMIT, "rate-limited"],
    [BUSY, "overloaded"],
  ],
  // What a provider failed at is its failure, whatever its words mention.
  "server-error": [[BUSY, "overloaded"]],
};

function refined(text: string, general: FailureClass): FailureClass | undefined {
  return REFINEMENTS[general]?.find(([pattern]) => pattern.test(text))?.[1];
}

/** Mid-stream there is no status; the type says at least whose fault it is. */
function classOfType(type: string | undefined): FailureClass {
  return type === "invalid_request_error" ? "invalid" : "server-error";
}
