// An upstream's error reply: reading it, and what it means.
import { err, ok, type Result } from "../lib/result.ts";
import type { Failure } from "../ir/failure.ts";
import type { Exchange } from "../transport/transport.ts";
import { decodeContent } from "./content-encoding.ts";
import { headerReader } from "./headers.ts";
import type { ErrorReply } from "./outcome.ts";
import type { Provider } from "./runtime.ts";
import { transportFailure } from "./transport-failure.ts";

/** Longest error body that is read, in bytes: more is cut, since only its envelope counts. */
const ERROR_BODY_CAP = 256 * 1024;

/** Reads the reply, as far as it counts; fails when it breaks off. */
export async function readErrorReply(exchange: Exchange): Promise<Result<ErrorReply, Failure>> {
  const body = await exchange.body.readAll(ERROR_BODY_CAP);
  if (!body.ok) return err(transportFailure(body.error));
  if (!body.value.complete) exchange.body.cancel();
  const { status, headers } = exchange;
  return ok({ status, headers, body: body.value.bytes });
}

/** The class of a reply, by the provider's protocol and by what the config says of its codes. */
export function classify(provider: Provider, reply: ErrorReply): Failure {
  const header = headerReader(reply.headers);
  const body = decodeContent(reply.body, header("content-encoding"), ERROR_BODY_CAP) ?? reply.body;
  const failure = provider.protocol.failure.decode(reply.status, header, body);
  const mapped = lookUp(provider.errorMap, failure.code) ?? lookUp(provider.errorMap, failure.type);
  return { ...failure, status: reply.status, class: mapped ?? failure.class };
}

function lookUp<T>(map: ReadonlyMap<string, T>, key: string | undefined): T | undefined {
  return key === undefined ? undefined : map.get(key);
}
