// Turns a failure into a reply in the caller's own dialect: the only place where that happens.
import { printJson } from "../lib/json.ts";
import type { Failure } from "../ir/failure.ts";
import type { Protocol } from "../protocols/protocol.ts";
import { effectOf, type Culprit } from "../routing/fault.ts";

/** What a refusal says beyond the failure itself. */
export type RefusalContext = {
  readonly protocol: Protocol;
  readonly requestId: string;
  /** Headers of our own that the reply carries, such as `x-recloser-route`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Who is at fault, where that is not what the class says: before a key of ours was used, it is never the key. */
  readonly culprit?: Culprit;
};

const RETRY_FLOOR_MS = 1000;

/** Writes the native envelope with its status; a caller that may try again is always told when (interface.md). */
export function refuse(failure: Failure, context: RefusalContext): Response {
  const effect = effectOf(failure.class);
  const told: Failure = effect.retryable
    ? { ...failure, retryAfter: Math.max(failure.retryAfter ?? 0, RETRY_FLOOR_MS) }
    : failure;
  const encoded = context.protocol.failure.encode(told, context.requestId);
  const headers = new Headers(context.headers);
  for (const [name, value] of encoded.headers) headers.set(name, value);
  if (!headers.has("content-type")) headers.set("content-type", "application/json");
  if (effect.retryable && !headers.has("retry-after")) {
    headers.set("retry-after", String(Math.ceil((told.retryAfter ?? RETRY_FLOOR_MS) / 1000)));
  }
  headers.set("x-recloser-request-id", context.requestId);
  headers.set("x-recloser-fault", context.culprit ?? effect.culprit);
  if (failure.status !== undefined)
    headers.set("x-recloser-upstream-status", String(failure.status));
  return new Response(printJson(encoded.body), { status: encoded.status, headers });
}
