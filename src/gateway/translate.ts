// Other protocol: the neutral request is encoded for the lane's provider, and what comes back is translated for the
// client. What got lost on the way is judged before anything is sent, and reported with the reply.
import { utf8 } from "../lib/bytes.ts";
import { parseJson, printJson, type JsonDocument } from "../lib/json.ts";
import { err, ok, type Result } from "../lib/result.ts";
import type { Failure } from "../ir/failure.ts";
import type { Report } from "../ir/loss.ts";
import { lossHeaders } from "../ir/loss-header.ts";
import { seal } from "../ir/opaque.ts";
import type { Req } from "../ir/request.ts";
import {
  encodeRequest,
  streamReply,
  translateReply,
  type ReplyJob,
} from "../protocols/pipeline.ts";
import type { Client, Framing } from "../protocols/protocol.ts";
import type { Exchange } from "../transport/transport.ts";
import type { Prepared } from "./attempt.ts";
import type { Call } from "./call.ts";
import { decodeContent } from "./content-encoding.ts";
import { streamFramingOf } from "./frames.ts";
import { headerReader } from "./headers.ts";
import type { Lane } from "./outcome.ts";
import { egressTarget, translatedHeaders } from "./outgoing.ts";
import { routeHeaders } from "./route-headers.ts";
import type { Runtime } from "./runtime.ts";
import { openStream, type StreamEnd } from "./stream.ts";
import { foldStream, framesToBytes, translatedSide } from "./translate-stream.ts";
import { transportFailure } from "./transport-failure.ts";

/** A translated call on its lane: everything that making the response needs. */
type Translation = {
  readonly runtime: Runtime;
  readonly call: Call;
  readonly lane: Lane;
  readonly job: ReplyJob;
  /** What the request lost. */
  readonly report: Report;
};

/** Encodes the call for the lane; fails when the pair is not built, or when it would lose what must not be lost. */
export function translate(runtime: Runtime, call: Call, lane: Lane): Result<Prepared, Failure> {
  const { provider, member } = lane;
  const client = call.protocol.codec;
  const upstream = provider.protocol.codec;
  if (client === undefined || upstream === undefined || call.operation !== "chat") {
    return err(notBuilt(call, lane));
  }
  const request = call.request();
  if (!request.ok) return request;
  const { model } = member.upstream;
  const target = {
    model,
    stream: call.stream,
    vendor: provider.vendor,
    capabilities: runtime.capabilities(member.upstream, provider),
    profile: provider.profile,
  };
  const encoded = encodeRequest(request.value, upstream, target, call.losses);
  if (!encoded.ok) return encoded;
  const translation: Translation = {
    runtime,
    call,
    lane,
    report: encoded.value.report,
    job: {
      from: upstream,
      to: client,
      origin: { vendor: provider.vendor, model },
      client: clientOf(runtime, call, request.value),
      restore: encoded.value.restore,
    },
  };
  return ok({
    method: "POST",
    target: egressTarget(provider, { operation: call.operation, model, stream: call.stream }),
    headers: translatedHeaders(provider, call),
    body: utf8(printJson(encoded.value.body)),
    receive: (exchange, onEnd) => receive(translation, exchange, onEnd),
  });
}

function notBuilt(call: Call, lane: Lane): Failure {
  const from = call.protocol.name;
  const to = lane.provider.protocol.name;
  const what = call.operation === "chat" ? "" : ` of ${call.operation} calls`;
  const message = `translation${what} from ${from} to ${to} is not available yet`;
  return { class: "not-implemented", message, code: "not_implemented" };
}

function clientOf(runtime: Runtime, call: Call, request: Req): Client {
  return {
    callId: call.id,
    model: call.target,
    now: Math.floor(runtime.wallNow() / 1000),
    streamUsage: request.streamUsage === true,
    framing: call.framing,
    legacyCalls: request.legacyCalls === true,
    seal: (opaque) => seal(opaque, runtime.sealKey),
  };
}

async function receive(
  translation: Translation,
  exchange: Exchange,
  onEnd: (end: StreamEnd) => void,
): Promise<Result<Response, Failure>> {
  const { runtime, call, lane, job } = translation;
  const type = headerReader(exchange.headers)("content-type") ?? "";
  const framing = streamFramingOf(type, lane.provider.protocol.framing);
  if (framing !== undefined && call.stream) {
    const opened = await openStream({
      body: exchange.body,
      side: translatedSide(job, framing),
      hold: { ms: runtime.limits.holdMs, bytes: runtime.limits.holdBytes },
      onEnd,
    });
    if (opened.kind === "failed") return err(opened.failure);
    return ok(new Response(opened.stream, { headers: streamHeaders(translation) }));
  }
  const bytes = await readWhole(translation, exchange);
  if (!bytes.ok) return bytes;
  const response = makeReply(translation, bytes.value, framing);
  if (response.ok) onEnd({ kind: "complete" });
  return response;
}

/** Makes the response of a whole reply, whichever of the two forms each side wanted. */
function makeReply(
  translation: Translation,
  bytes: Uint8Array,
  framing: Framing | undefined,
): Result<Response, Failure> {
  const { call, job } = translation;
  if (framing !== undefined) {
    const folded = foldStream(job, bytes, framing);
    return folded.ok ? ok(jsonReply(translation, folded.value)) : folded;
  }
  const document = parseReply(translation, bytes);
  if (!document.ok) return document;
  if (!call.stream) {
    const translated = translateReply(job, document.value);
    return translated.ok ? ok(jsonReply(translation, translated.value)) : translated;
  }
  const replayed = streamReply(job, document.value);
  if (!replayed.ok) return replayed;
  const body = framesToBytes(replayed.value.frames, call.framing);
  return ok(new Response(body, { headers: streamHeaders(translation) }));
}

function jsonReply(
  translation: Translation,
  reply: { readonly body: Parameters<typeof printJson>[0]; readonly report: Report },
): Response {
  const headers = replyHeaders(translation, reply.report);
  headers["content-type"] = "application/json";
  return new Response(printJson(reply.body), { headers });
}

/** Reads a whole reply; one that does not arrive whole or cannot be decompressed is the provider's fault. */
async function readWhole(
  translation: Translation,
  exchange: Exchange,
): Promise<Result<Uint8Array, Failure>> {
  const cap = translation.runtime.limits.maxReplyBytes;
  const read = await exchange.body.readAll(cap);
  if (!read.ok) return err(transportFailure(read.error));
  if (!read.value.complete) {
    exchange.body.cancel();
    return err(badReply(`is larger than ${cap} bytes`));
  }
  const encoding = headerReader(exchange.headers)("content-encoding");
  const bytes = decodeContent(read.value.bytes, encoding, cap);
  return bytes === undefined
    ? err(badReply(`is compressed as ${encoding ?? "?"} and broken`))
    : ok(bytes);
}

function parseReply(translation: Translation, bytes: Uint8Array): Result<JsonDocument, Failure> {
  const document = parseJson(new TextDecoder().decode(bytes));
  if (!document.ok) return err(badReply(`is not valid JSON: ${document.error.message}`));
  const disguised = translation.lane.provider.protocol.tap.failure(document.value.root);
  return disguised === undefined ? document : err(disguised);
}

function badReply(what: string): Failure {
  return { class: "bad-upstream-reply", message: `the upstream's reply ${what}` };
}

const STREAM_TYPES = {
  sse: "text/event-stream; charset=utf-8",
  eventstream: "application/vnd.amazon.eventstream",
  "json-array": "application/json",
} as const satisfies Record<Framing, string>;

function streamHeaders(translation: Translation): Record<string, string> {
  const headers = replyHeaders(translation, { losses: [], emulated: [] });
  headers["content-type"] = STREAM_TYPES[translation.call.framing];
  headers["cache-control"] = "no-cache";
  return headers;
}

function replyHeaders(translation: Translation, reply: Report): Record<string, string> {
  const { call, lane, report } = translation;
  const losses = [...report.losses, ...reply.losses];
  const emulated = [...report.emulated, ...reply.emulated];
  return { ...routeHeaders(call, lane), ...lossHeaders({ losses, emulated }, call.losses) };
}
