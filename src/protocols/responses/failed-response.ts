// Responses that failed: the error inside of a body or event that came with status 200 (translation.md B.14).
import { asRecord, type Json } from "../../lib/json.ts";
import type { Failure, FailureClass } from "../../ir/failure.ts";
import { errorObject } from "../kit/openai-failure-encode.ts";
import { errorDetail, failureOf } from "../kit/openai-failure.ts";

/** A response whose status is `failed`, or an error object in its place; `undefined`: it did not fail. */
export function failedResponse(body: Json): Failure | undefined {
  const record = asRecord(body);
  const error = record?.["error"] ?? null;
  if (record === undefined || error === null) return undefined;
  const failure = failureOf(errorDetail({ error }), undefined);
  const known = Object.hasOwn(BY_CODE, failure.code ?? "")
    ? BY_CODE[failure.code ?? ""]
    : undefined;
  if (known !== undefined) return { ...failure, class: known };
  return /image/.test(failure.code ?? "") ? { ...failure, class: "invalid" } : failure;
}

/** Codes that only responses have (`ResponseErrorCode`); all others about images say that one of the caller's is bad. */
const BY_CODE: Readonly<Record<string, FailureClass>> = {
  invalid_prompt: "content-refused",
  bio_policy: "content-refused",
  image_content_policy_violation: "content-refused",
  vector_store_timeout: "timeout",
};

/** What the `error` event says beside its type; the code is never absent here. */
export function failureMembers(failure: Failure): {
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
} {
  const { code, message, param, type } = errorObject(failure);
  return { code: code ?? type, message, param };
}
