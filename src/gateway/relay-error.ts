// An upstream's error for a client of the same protocol: its exact bytes, unless they speak of the gateway's own key.
import { effectOf } from "../routing/fault.ts";
import type { Call } from "./call.ts";
import { headerReader } from "./headers.ts";
import type { Failed, Lane } from "./outcome.ts";
import { returnedHeaders } from "./outgoing.ts";

/** The upstream's reply as it came; `undefined` if the error must be written anew. */
export function relayError(
  call: Pick<Call, "id" | "protocol" | "passToken">,
  failed: Pick<Failed, "failure" | "reply"> & { readonly lane: Pick<Lane, "provider"> },
  own: Readonly<Record<string, string>>,
): Response | undefined {
  const { lane, reply, failure } = failed;
  if (reply === undefined || call.protocol !== lane.provider.protocol) return undefined;
  // A proxy's page in front of the vendor is no error of the dialect (E263).
  const type = headerReader(reply.headers)("content-type") ?? "";
  if (type.startsWith("text/html")) return undefined;
  const effect = effectOf(failure.class);
  // A client that is told "your key is invalid" would ask its user for another one (translation.md B.14).
  if (
    effect.culprit === "key" &&
    failure.class !== "rate-limited" &&
    call.passToken === undefined
  ) {
    return undefined;
  }
  const headers = new Headers(own);
  for (const [name, value] of returnedHeaders(lane.provider, reply.headers)) {
    headers.append(name, value);
  }
  if (effect.retryable && !headers.has("retry-after")) {
    headers.set("retry-after", String(Math.max(Math.ceil((failure.retryAfter ?? 0) / 1000), 1)));
  }
  headers.set("x-recloser-request-id", call.id);
  headers.set("x-recloser-fault", effect.culprit);
  headers.set("x-recloser-upstream-status", String(reply.status));
  return new Response(reply.body, { status: reply.status, headers });
}
