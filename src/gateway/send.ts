// Sending what makes up one attempt: one request, several copies of it, or several parts.
import { err, ok, type Result } from "../lib/result.ts";
import type { Failure } from "../ir/failure.ts";
import type { Exchange, Limits, OutgoingRequest, ReplyBody } from "../transport/transport.ts";
import { classify, readErrorReply } from "./error-reply.ts";
import type { ErrorReply, Lane } from "./outcome.ts";
import { transportFailure } from "./transport-failure.ts";

/** Why there is no reply to work with, and the error reply if there is one. */
export type NotSent = { readonly failure: Failure; readonly reply?: ErrorReply };

/** A 2xx reply, or why there is none. */
export type Sent = Result<Exchange, NotSent>;

/** Replies to everything that was sent, in order. */
type AllSent = Result<readonly [Exchange, ...Exchange[]], NotSent>;

/** Sends the request; a reply that is no 2xx is a failure. */
export async function sendOnce(
  lane: Lane,
  request: OutgoingRequest,
  within: Limits,
  signal: AbortSignal,
): Promise<Sent> {
  const sent = await lane.provider.transport.send(request, within, signal);
  if (!sent.ok) return err({ failure: transportFailure(sent.error) });
  const exchange = sent.value;
  if (exchange.status >= 200 && exchange.status < 300) return ok(exchange);
  const reply = await readErrorReply(exchange);
  if (!reply.ok) return err({ failure: reply.error });
  return err({ failure: classify(lane.provider, reply.value), reply: reply.value });
}

/** Sends it several times at once; where one fails the failure alone is returned, and the others are given up. */
export async function sendCopies(copies: number, send: () => Promise<Sent>): Promise<AllSent> {
  // They are under way together, also while the first is awaited.
  const others = Array.from({ length: copies - 1 }, send);
  const first = await send();
  if (others.length === 0) return first.ok ? ok([first.value]) : first;
  const sent = [first, ...(await Promise.all(others))];
  const exchanges = sent.flatMap((one) => (one.ok ? [one.value] : []));
  const failed = sent.find((one): one is Extract<Sent, { ok: false }> => !one.ok);
  if (failed === undefined) return inOrder(exchanges);
  for (const { body } of exchanges) body.cancel();
  return failed;
}

/** How many parts at once, and how large a reply may be. */
export type PartLimits = {
  readonly atOnce: number;
  readonly cap: number;
  readonly signal: AbortSignal;
};

/** Sends parts and reads their replies whole; where one fails the others are given up. */
export async function sendParts(
  parts: readonly Uint8Array[],
  send: (part: Uint8Array, signal: AbortSignal) => Promise<Sent>,
  limits: PartLimits,
): Promise<AllSent> {
  const exchanges: Exchange[] = [];
  const stop = new AbortController();
  const signal = AbortSignal.any([limits.signal, stop.signal]);
  const waiting = parts.entries();
  let failed: Extract<Sent, { ok: false }> | undefined;
  const work = async (): Promise<void> => {
    for (const [index, part] of waiting) {
      const sent = await send(part, signal);
      const held = sent.ok ? await hold(sent.value, limits.cap) : sent;
      if (held.ok) exchanges[index] = held.value;
      else {
        failed ??= held;
        stop.abort();
      }
      if (failed !== undefined) return;
    }
  };
  // One iterator for all: each takes the next part when it is done with the one before.
  await Promise.all(Array.from({ length: Math.min(limits.atOnce, parts.length) }, work));
  return failed ?? inOrder(exchanges);
}

function inOrder([first, ...rest]: readonly Exchange[]): AllSent {
  if (first === undefined) throw new Error("nothing was sent");
  return ok([first, ...rest]);
}

/** The exchange with its whole body in memory, so that its connection is free for the next. */
async function hold(exchange: Exchange, cap: number): Promise<Sent> {
  const read = await exchange.body.readAll(cap);
  if (!read.ok) return err({ failure: transportFailure(read.error) });
  if (read.value.complete) return ok({ ...exchange, body: heldBody(read.value.bytes) });
  exchange.body.cancel();
  const message = `the upstream's reply is larger than ${cap} bytes`;
  return err({ failure: { class: "bad-upstream-reply", message } });
}

function heldBody(bytes: Uint8Array): ReplyBody {
  let left: Uint8Array | undefined = bytes;
  const take = (): Uint8Array | undefined => {
    const taken = left;
    left = undefined;
    return taken;
  };
  return {
    read: () => Promise.resolve(ok(take())),
    readAll: () => Promise.resolve(ok({ bytes: take() ?? new Uint8Array(0), complete: true })),
    cancel: take,
  };
}
