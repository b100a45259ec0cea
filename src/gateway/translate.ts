// Other protocol: the neutral request is encoded for the lane's provider, and what comes back is translated for the
// client. What got lost on the way is judged before anything is sent, and reported with the reply.
import { parseJson, printJson, type JsonDocument } from "../lib/json.ts";
import { err, ok, type Result } from "../lib/result.ts";
import { unfold } from "../ir/fold.ts";
import type { Failure } from "../ir/failure.ts";
import type { Report } from "../ir/loss.ts";
import { lossHeaders } from "../ir/loss-header.ts";
import { seal } from "../ir/opaque.ts";
import { judge, rejection } from "../ir/policy.ts";
import { restoreReply } from "../ir/restore.ts";
import type { Client, Codec, EncodedRequest, Framing, Origin } from "../protocols/protocol.ts";
import type { Exchange } from "../transport/transport.ts";
import type { Prepared } from "./attempt.ts";
import type { Call } from "./call.ts";
import { decodeContent } from "./content-encoding.ts";
import type { Lane } from "./outcome.ts";
import { egressTarget, translatedHeaders } from "./outgoing.ts";
import { routeHeaders } from "./route-headers.ts";
import type { Runtime } from "./runtime.ts";
import { openStream, type StreamEnd } from "./stream.ts";
import { streamSide } from "./translate-stream.ts";
import { transportFailure } from "./transport-failure.ts";

/** One translated exchange: both codecs, what the request became, and whom the reply is for. */
export type Exchanged = {
  readonly from: Codec;
  readonly to: Codec;
  readonly encoded: EncodedRequest;
  readonly client: Client;
  readonly origin: Origin;
};

/** Encodes the call for the lane; fails when the pair is not built, or when it would lose what must not be lost. */
export function translate(runtime: Runtime, call: Call, lane: Lane): Result<Prepared, Failure> {
  const { provider, member } = lane;
  const from = call.protocol.codec;
  const to = provider.protocol.codec;
  if (from === undefined || to === undefined || call.operation !== "chat") {
    return err(notBuilt(call, lane));
  }
  const request = call.request();
  if (!request.ok) return request;
  const { model } = member.upstream;
  const encoded = to.request.encode(request.value, {
    model,
    stream: call.stream,
    vendor: provider.vendor,
    capabilities: runtime.capabilities(member.upstream),
    profile: provider.profile,
  });
  const unacceptable = judge(encoded.report, call.losses);
  if (unacceptable !== undefined) return err(rejection(unacceptable));

  const exchanged: Exchanged = {
    from,
    to,
    encoded,
    client: clientOf(runtime, call, request.value.streamUsage === true),
    origin: { vendor: provider.vendor, model },
  };
  return ok({
    method: "POST",
    target: egressTarget(provider, { operation: call.operation, model, stream: call.stream }),
    headers: translatedHeaders(provider, call, call.stream),
    body: ENCODER.encode(printJson(encoded.body)),
    receive: (exchange, onEnd) => receive({ runtime, call, lane, exchanged }, exchange, onEnd),
  });
}

const ENCODER = new TextEncoder();

function notBuilt(call: Call, lane: Lane): Failure {
  const from = call.protocol.name;
  const to = lane.provider.protocol.name;
  const what = call.operation === "chat" ? "" : ` of ${call.operation} calls`;
  const message = `translation${what} from ${from} to ${to} is not available yet`;
  return { class: "not-implemented", message, code: "not_implemented" };
}

function clientOf(runtime: Runtime, call: Call, streamUsage: boolean): Client {
  return {
    callId: call.id,
    model: call.target,
    now: Math.floor(runtime.wallNow() / 1000),
    streamUsage,
    framing: call.framing,
    seal: (opaque) => seal(opaque, runtime.sealKey),
  };
}

type Translation = {
  readonly runtime: Runtime;
  readonly call: Call;
  readonly lane: Lane;
  readonly exchanged: Exchanged;
};

async function receive(
  translation: Translation,
  exchange: Exchange,
  onEnd: (end: StreamEnd) => void,
): Promise<Result<Response, Failure>> {
  const { runtime, call, lane } = translation;
  const type = exchange.headers.find(([name]) => name === "content-type")?.[1] ?? "";
  if (!call.stream || type.startsWith("application/json")) {
    const reply = await readReply(translation, exchange);
    if (!reply.ok) return reply;
    const response = call.stream
      ? replayed(translation, reply.value)
      : buffered(translation, reply.value);
    if (response.ok) onEnd({ kind: "complete" });
    return response;
  }
  const opened = await openStream({
    body: exchange.body,
    side: streamSide(translation.exchanged, lane.provider.protocol),
    hold: { ms: runtime.limits.holdMs, bytes: runtime.limits.holdBytes },
    onEnd,
  });
  if (opened.kind === "failed") return err(opened.failure);
  return ok(new Response(opened.stream, { headers: streamHeaders(translation) }));
}

/** Reads and parses a whole reply; one that cannot be understood is the provider's fault. */
async function readReply(
  translation: Translation,
  exchange: Exchange,
): Promise<Result<JsonDocument, Failure>> {
  const cap = translation.runtime.limits.maxReplyBytes;
  const read = await exchange.body.readAll(cap);
  if (!read.ok) return err(transportFailure(read.error));
  if (!read.value.complete) {
    exchange.body.cancel();
    return err(badReply(`is larger than ${cap} bytes`));
  }
  const encoding = exchange.headers.find(([name]) => name === "content-encoding")?.[1];
  const bytes = decodeContent(read.value.bytes, encoding, cap);
  if (bytes === undefined) return err(badReply(`is compressed as ${encoding ?? "?"} and broken`));
  const document = parseJson(new TextDecoder().decode(bytes));
  if (!document.ok) return err(badReply(`is not valid JSON: ${document.error.message}`));
  const disguised = translation.lane.provider.protocol.tap.failure(document.value.root);
  return disguised === undefined ? document : err(disguised);
}

function badReply(what: string): Failure {
  return { class: "bad-upstream-reply", message: `the upstream's reply ${what}` };
}

function buffered(translation: Translation, document: JsonDocument): Result<Response, Failure> {
  const { from, to, encoded, client, origin } = translation.exchanged;
  const reply = to.reply.decode(document, origin);
  if (!reply.ok) return reply;
  const written = from.reply.encode(restoreReply(reply.value, encoded.restore), client);
  const headers = replyHeaders(translation, written.report);
  headers["content-type"] = "application/json";
  return ok(new Response(printJson(written.body), { headers }));
}

/** The client wants a stream, but the upstream answered with one document: tell it as events. */
function replayed(translation: Translation, document: JsonDocument): Result<Response, Failure> {
  const { exchanged, lane } = translation;
  const reply = exchanged.to.reply.decode(document, exchanged.origin);
  if (!reply.ok) return reply;
  const side = streamSide(exchanged, lane.provider.protocol);
  const bytes = side.replay(unfold(restoreReply(reply.value, exchanged.encoded.restore)));
  return ok(new Response(bytes, { headers: streamHeaders(translation) }));
}

const STREAM_TYPES = {
  sse: "text/event-stream; charset=utf-8",
  eventstream: "application/vnd.amazon.eventstream",
  "json-array": "application/json",
} as const satisfies Record<Framing, string>;

function streamHeaders(translation: Translation): Record<string, string> {
  const headers = replyHeaders(translation, { losses: [], emulated: [] });
  headers["content-type"] = STREAM_TYPES[translation.exchanged.client.framing];
  headers["cache-control"] = "no-cache";
  return headers;
}

function replyHeaders(translation: Translation, reply: Report): Record<string, string> {
  const { call, lane, exchanged } = translation;
  const request = exchanged.encoded.report;
  const losses = [...request.losses, ...reply.losses];
  const emulated = [...request.emulated, ...reply.emulated];
  return { ...routeHeaders(call, lane), ...lossHeaders({ losses, emulated }, call.losses) };
}
