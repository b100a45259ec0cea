// Embeddings for an upstream of another protocol: encoded, sent in as many parts as it takes, and joined again.
import { utf8 } from "../lib/bytes.ts";
import { printJson } from "../lib/json.ts";
import { err, ok, type Result } from "../lib/result.ts";
import type { EmbeddingsReply, EmbeddingsRequest } from "../ir/embeddings.ts";
import type { Failure } from "../ir/failure.ts";
import type { Report } from "../ir/loss.ts";
import { judge } from "../ir/policy.ts";
import { readEmbeddings, type EmbeddingsPart } from "../protocols/embeddings.ts";
import { estimateText } from "../protocols/estimate.ts";
import type { EmbeddingsCodec } from "../protocols/protocol.ts";
import type { Exchange } from "../transport/transport.ts";
import type { Prepared } from "./attempt.ts";
import type { Call } from "./call.ts";
import { headerReader } from "./headers.ts";
import type { Lane } from "./outcome.ts";
import { egressTarget, translatedHeaders } from "./outgoing.ts";
import { ESTIMATED, NO_SUCH_OPERATION } from "./other-operations.ts";
import type { Runtime } from "./runtime.ts";
import type { StreamEnd } from "./stream.ts";
import { parseReply, readWhole, replyHeaders, type Translation } from "./translate-reply.ts";
import { noSuchOperation, policyFor } from "./translate.ts";
import { countLosses, countRefusal, spellOut } from "./translate-watch.ts";

/** A call for embeddings on its lane. */
type Job = Omit<Translation, "job"> & {
  readonly request: EmbeddingsRequest;
  readonly from: EmbeddingsCodec;
  readonly to: EmbeddingsCodec;
};

/** Encodes the call for the lane; fails where one side has no embeddings, or when too much would be lost. */
export function translateEmbeddings(
  runtime: Runtime,
  call: Call,
  lane: Lane,
): Result<Prepared, Failure> {
  const { provider, member } = lane;
  const from = provider.protocol.embeddings;
  const to = call.protocol.embeddings;
  if (to === undefined) return err(noSuchOperation(call, lane));
  if (from === undefined) return err(noEmbeddings(lane));
  const request = call.embeddings();
  if (!request.ok) return request;
  const { model } = member.upstream;
  const capabilities = runtime.capabilities(member.upstream);
  const {
    bodies,
    batch = false,
    losses,
  } = from.request.encode(request.value, { model, capabilities });
  const report: Report = { losses, emulated: [] };
  const policy = policyFor(runtime, call, lane);
  const refusal = judge(report, policy);
  if (refusal !== undefined) {
    countRefusal({ runtime, call, lane }, refusal);
    return err(refusal);
  }
  countLosses({ runtime, call, lane }, report);
  const job: Job = { runtime, call, lane, report, policy, request: request.value, from, to };
  const [first = utf8("{}"), ...parts] = bodies.map((body) => utf8(printJson(body)));
  return ok({
    method: "POST",
    target: egressTarget(provider, { operation: call.operation, model, stream: false, batch }),
    headers: translatedHeaders(provider, call),
    body: first,
    ...(parts.length === 0 ? {} : { parts }),
    receive: (exchanges, onEnd) => receive(job, exchanges, onEnd),
  });
}

/** Another member may have them; if none has, the caller asked for what is not there. */
function noEmbeddings({ provider }: Lane): Failure {
  const message = `${provider.name} speaks ${provider.protocol.name}, which has no embeddings`;
  return { class: "not-implemented", message, code: NO_SUCH_OPERATION };
}

async function receive(
  job: Job,
  exchanges: readonly Exchange[],
  onEnd: (end: StreamEnd) => void,
): Promise<Result<Response, Failure>> {
  const parts: EmbeddingsPart[] = [];
  for (const exchange of exchanges) {
    const bytes = await readWhole(job, exchange);
    if (!bytes.ok) return bytes;
    const document = parseReply(job.lane, bytes.value);
    if (!document.ok) return document;
    parts.push({ document: document.value, header: headerReader(exchange.headers) });
  }
  const reply = readEmbeddings(job.from, parts, job.request.inputs.length);
  if (!reply.ok) return reply;
  onEnd({ kind: "complete" });
  return ok(respond(job, reply.value));
}

function respond(job: Job, reply: EmbeddingsReply): Response {
  const { call, request, to, report } = job;
  const estimated = reply.inputTokens === undefined && to.counts;
  const whole = estimated ? { ...reply, inputTokens: estimate(request) } : reply;
  const headers = replyHeaders(job, { losses: [], emulated: [] });
  headers["content-type"] = "application/json";
  if (estimated) headers["x-recloser-emulated"] = ESTIMATED;
  const client = { callId: call.id, model: call.target, request };
  const text = printJson(to.reply.encode(whole, client));
  return new Response(spellOut(call, text, report), { headers });
}

function estimate({ inputs }: EmbeddingsRequest): number {
  return inputs.reduce((sum, input) => sum + estimateText(input), 0);
}
