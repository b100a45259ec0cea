// What a transport failure means in the gateway's own vocabulary.
import type { Failure, FailureClass } from "../ir/failure.ts";
import type { TransportFailure } from "../transport/transport.ts";

const CLASSES = {
  dns: "unreachable",
  connect: "unreachable",
  tls: "unreachable",
  certificate: "misconfigured",
  reset: "network",
  truncated: "network",
  "connect-timeout": "unreachable",
  "first-byte-timeout": "timeout",
  "idle-timeout": "timeout",
  "total-timeout": "timeout",
  malformed: "bad-upstream-reply",
  aborted: "cancelled",
} as const satisfies Record<TransportFailure["kind"], FailureClass>;

/** Classifies a transport failure; the message names what happened, never an address or a secret. */
export function transportFailure(failure: TransportFailure): Failure {
  return {
    class: CLASSES[failure.kind],
    code: failure.kind,
    message: `upstream: ${failure.message}`,
  };
}
