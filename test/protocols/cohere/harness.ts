// Shorthands for the tests of this folder.
import { printJson, type Json, type Printable } from "../../../src/lib/json.ts";
import { conform } from "../../../src/ir/conform.ts";
import type { Event } from "../../../src/ir/event.ts";
import { fold } from "../../../src/ir/fold.ts";
import type { Failure } from "../../../src/ir/failure.ts";
import type { Reply } from "../../../src/ir/reply.ts";
import type { Report } from "../../../src/ir/loss.ts";
import type { Req } from "../../../src/ir/request.ts";
import type { Result } from "../../../src/lib/result.ts";
import { cohere } from "../../../src/protocols/cohere/index.ts";
import type { Client, Codec, ModelCapabilities } from "../../../src/protocols/protocol.ts";
import type { Frame } from "../../../src/wire/frame.ts";
import { jsonDocument } from "../../support/json-text.ts";

/** The codec as the gateway sees it. */
export const CODEC: Codec = cohere.codec;

/** Where replies of the tests come from. */
export const ORIGIN = { vendor: "cohere", model: "m" } as const;

/** A client of this dialect. */
export const CLIENT: Client = {
  callId: "call-1",
  model: "m",
  now: 1_700_000_000,
  streamUsage: true,
  framing: "sse",
  seal: ({ data }) => `sealed:${data}`,
};

/** A printed document as a value. */
export function shown(body: Printable): Json {
  return JSON.parse(printJson(body)) as Json;
}

/** Decodes a whole reply with this message. */
export function decodeMessage(message: Json, rest: Record<string, Json> = {}): Reply {
  const body = { id: "i", finish_reason: "COMPLETE", message, ...rest };
  const decoded = CODEC.reply.decode(jsonDocument(JSON.stringify(body)), ORIGIN);
  if (!decoded.ok) throw new Error(decoded.error.message);
  return decoded.value;
}

/** A reply as another dialect's decoder would make it. */
export function foreignReply(reply: Partial<Reply>): Reply {
  return { candidates: [{ blocks: [], stop: { class: "end" } }], ext: [], uses: [], ...reply };
}

/** One event of a stream as it arrives. */
export function sent(type: string, rest: Record<string, Json> = {}): Frame {
  return { kind: "sse", event: type, data: JSON.stringify({ type, ...rest }) };
}

/** The same for an event about the message. */
export function about(type: string, message: Json, index?: number): Frame {
  return sent(type, { ...(index === undefined ? {} : { index }), delta: { message } });
}

/** What a stream comes to, between a start and an end that need not be given. */
export function decodeStream(frames: readonly Frame[], reason = "COMPLETE"): readonly Event[] {
  const decoder = CODEC.stream.decoder(ORIGIN);
  const whole = [
    sent("message-start", { id: "i", delta: { message: { role: "assistant" } } }),
    ...frames,
    sent("message-end", { delta: { finish_reason: reason } }),
  ];
  const grammar = conform({ serial: false });
  const events = [...whole.flatMap((frame) => decoder.push(frame)), ...decoder.end()];
  return [...events.flatMap(grammar.push), ...grammar.end()];
}

/** The reply that the events come to. */
export function folded(events: readonly Event[]): Result<Reply, Failure> {
  const whole = fold();
  events.forEach(whole.push);
  return whole.result();
}

/** The events of a client's stream, by their data. */
export function encodeStream(events: readonly Event[]): readonly Record<string, Json>[] {
  const encoder = CODEC.stream.encoder(CLIENT);
  return events
    .flatMap((event) => encoder.push(event))
    .flatMap((frame) =>
      frame.kind === "sse" ? [JSON.parse(frame.data) as Record<string, Json>] : [],
    );
}

/** Decodes a request that is well-formed. */
export function requestOf(body: Record<string, Json>): Req {
  const decoded = decodeRequest({
    model: "m",
    messages: [{ role: "user", content: "hi" }],
    ...body,
  });
  if (!decoded.ok) throw new Error(decoded.error.message);
  return decoded.value;
}

/** Decodes any request. */
export function decodeRequest(body: Json): Result<Req, Failure> {
  const context = { model: "m", stream: false, unseal: () => undefined };
  return CODEC.request.decode(jsonDocument(JSON.stringify(body)), context);
}

/** A request as another dialect's decoder would make it. */
export function foreign(part: Partial<Req>): Req {
  return {
    model: "m",
    stream: false,
    turns: [],
    tools: [],
    sampling: {},
    output: {},
    cache: {},
    identity: {},
    ext: [],
    options: {},
    uses: [],
    source: "elsewhere",
    ...part,
  };
}

/** What an upstream is sent for a request, and what is reported about it. */
export function sentFor(
  request: Req,
  capabilities: ModelCapabilities = {},
): { readonly body: Record<string, Json>; readonly report: Report } {
  const target = { model: "command", stream: false, vendor: "cohere", capabilities, profile: {} };
  const { body, report } = CODEC.request.encode(request, target);
  return { body: shown(body) as Record<string, Json>, report };
}
