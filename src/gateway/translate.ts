// Other protocol: the neutral request is encoded for the lane's provider. What got lost on the way is judged before
// anything is sent, and reported with the reply (`translate-reply.ts`).
import { utf8 } from "../lib/bytes.ts";
import { printJson } from "../lib/json.ts";
import { err, ok, type Result } from "../lib/result.ts";
import type { Milliseconds } from "../lib/time.ts";
import type { Failure } from "../ir/failure.ts";
import { seal } from "../ir/opaque.ts";
import type { Req } from "../ir/request.ts";
import { encodeRequest } from "../protocols/pipeline.ts";
import type { Client, EncodedRequest, Target } from "../protocols/protocol.ts";
import type { Prepared } from "./attempt.ts";
import type { Call } from "./call.ts";
import { inlineMedia } from "./inline-media.ts";
import type { Lane } from "./outcome.ts";
import { egressTarget, translatedHeaders } from "./outgoing.ts";
import type { Runtime } from "./runtime.ts";
import { receiveTranslated } from "./translate-reply.ts";

/**
 * Encodes the call for the lane; fails when the pair is not built, or when it would lose what must not be lost. Media that
 * the upstream cannot fetch is fetched first, until `deadline` at most.
 */
export async function translate(
  runtime: Runtime,
  call: Call,
  lane: Lane,
  deadline: Milliseconds,
): Promise<Result<Prepared, Failure>> {
  const { provider, member } = lane;
  const client = call.protocol.codec;
  const upstream = provider.protocol.codec;
  if (client === undefined || upstream === undefined || call.operation !== "chat") {
    return err(notBuilt(call, lane));
  }
  const decoded = call.request();
  if (!decoded.ok) return decoded;
  const { model } = member.upstream;
  const capabilities = runtime.capabilities(member.upstream, provider);
  const { vendor = provider.vendor } = capabilities;
  const target: Target = {
    model,
    stream: call.stream,
    vendor,
    capabilities,
    profile: provider.profile,
  };
  const request = await inlineMedia(runtime, call, {
    request: decoded.value,
    lane,
    takes: (kind) => upstream.request.takesUrl(kind, target),
    deadline,
  });
  if (!request.ok) return request;
  const encoded = encodeRequest(request.value, upstream, target, call.losses);
  if (!encoded.ok) return encoded;
  const { body, headers, report, restore, emulate } = encoded.value;
  const job = {
    from: upstream,
    to: client,
    origin: { vendor, model },
    client: clientOf(runtime, call, request.value),
    restore,
    ...(emulate?.stop === undefined ? {} : { stop: emulate.stop }),
  };
  return ok({
    method: "POST",
    target: egressTarget(provider, { operation: call.operation, model, stream: call.stream }),
    headers: withHeaders(translatedHeaders(provider, call), headers),
    body: utf8(printJson(body)),
    ...(emulate?.calls === undefined ? {} : { copies: emulate.calls }),
    receive: (exchanges, onEnd) =>
      receiveTranslated({ runtime, call, lane, job, report }, exchanges, onEnd),
  });
}

/** The headers that a body needs win over the protocol's own. */
function withHeaders(
  headers: Prepared["headers"],
  needed: EncodedRequest["headers"],
): Prepared["headers"] {
  if (needed === undefined) return headers;
  const names = new Set(needed.map(([name]) => name));
  return [...headers.filter(([name]) => !names.has(name)), ...needed];
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
