// Words that the config shares with the code.
import type { FailureClass } from "../ir/failure.ts";
import type { Effort } from "../ir/request.ts";
import type { ModelCapabilities } from "../protocols/protocol.ts";

export { PROTOCOL_NAMES } from "../protocols/registry.ts";

/** Names of the routing policies that are built. A test proves that the policies list the same. */
export const POLICY_NAMES = [
  "weighted",
  "least_busy",
  "latency",
  "cost",
  "priority",
  "headroom",
] as const;

/** Where a provider may want its key. */
export const AUTH_STYLES = [
  "bearer",
  "x-api-key",
  "api-key",
  "x-goog-api-key",
  "sigv4",
  "none",
] as const;

/** Classes of failure that a provider's own error code may stand for: those that a provider can be the cause of. */
export const MAPPED_CLASSES = [
  "invalid",
  "unauthenticated",
  "forbidden",
  "model-forbidden",
  "model-unknown",
  "too-large",
  "context-length",
  "content-refused",
  "rate-limited",
  "quota-exhausted",
  "overloaded",
  "server-error",
  "timeout",
] as const satisfies readonly FailureClass[];

/** The words for how much to reason, weakest first. */
export const EFFORTS = [
  "none",
  "minimal",
  "low",
  "medium",
  "high",
  "xhigh",
  "max",
] as const satisfies readonly Effort[];

/** Families of models that have fields of their own beside a protocol's. */
export const FAMILIES = [
  "claude",
  "nova",
  "gpt",
  "mistral",
  "llama",
  "command",
  "deepseek",
  "palmyra",
] as const satisfies readonly ModelCapabilities["family"][];
