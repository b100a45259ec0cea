// Puts two codecs together: the pure path of a translated call, shared by the gateway and the `translate` command. Streams
// have a file of their own, `stream-path.ts`.
import type { JsonDocument } from "../lib/json.ts";
import { err, ok, type Result } from "../lib/result.ts";
import { conform, stopWithCalls } from "../ir/conform.ts";
import { emptyEnds, emptyFailure } from "../ir/empty-end.ts";
import type { Failure } from "../ir/failure.ts";
import { fold, unfold } from "../ir/fold.ts";
import type { Report } from "../ir/loss.ts";
import { judge, type LossPolicy } from "../ir/policy.ts";
import type { Reply } from "../ir/reply.ts";
import type { Req } from "../ir/request.ts";
import { restoreReply } from "../ir/restore.ts";
import { cutReply } from "../ir/stop-match.ts";
import type { Frame } from "../wire/frame.ts";
import type { Codec, DecodeContext, EncodedReply, EncodedRequest, Target } from "./protocol.ts";
import { conformed, sink, type ReplyJob, type Translated } from "./stream-path.ts";

/** A request to translate. */
export type RequestJob = {
  readonly from: Codec;
  readonly to: Codec;
  readonly document: JsonDocument;
  readonly context: DecodeContext;
  readonly target: Target;
  readonly policy: LossPolicy;
};

/** Decodes a client's request and encodes it for a target of another protocol. */
export function translateRequest(job: RequestJob): Result<EncodedRequest, Failure> {
  const request = job.from.request.decode(job.document, job.context);
  return request.ok ? encodeRequest(request.value, job.to, job.target, job.policy) : request;
}

/** Encodes a decoded request; fails as `untranslatable` when the policy does not put up with what would be lost. */
export function encodeRequest(
  request: Req,
  to: Codec,
  target: Target,
  policy: LossPolicy,
): Result<EncodedRequest, Failure> {
  const encoded = to.request.encode(request, target);
  const refusal = judge(encoded.report, policy);
  return refusal === undefined ? ok(encoded) : err(refusal);
}

/** A reply in the client's dialect, and the neutral one that it was made of. */
export type TranslatedReply = EncodedReply & { readonly reply: Reply };

/** Decodes an upstream's buffered reply and encodes it for the client. */
export function translateReply(
  job: ReplyJob,
  document: JsonDocument,
): Result<TranslatedReply, Failure> {
  const reply = readReply(job, document);
  return reply.ok
    ? ok({ ...job.to.reply.encode(reply.value, job.client), reply: reply.value })
    : reply;
}

/** Decodes a buffered reply and undoes what was changed on the way out. */
export function readReply(job: ReplyJob, document: JsonDocument): Result<Reply, Failure> {
  const decoded = job.from.reply.decode(document, job.origin);
  if (!decoded.ok) return decoded;
  const { model = decoded.value.model } = job;
  const named = model === undefined ? decoded.value : { ...decoded.value, model };
  const restored = restoreReply(withCallsWin(named), job.restore);
  const reply = job.stop === undefined ? restored : cutReply(restored, job.stop);
  const empty = emptyFailure(reply, job.to.reply.vague ?? []);
  return empty === undefined ? ok(reply) : err(empty);
}

function withCallsWin(reply: Reply): Reply {
  const candidates = reply.candidates.map((candidate) => {
    const hasCalls = candidate.blocks.some((block) => block.kind === "toolCall");
    return { ...candidate, stop: stopWithCalls(candidate.stop, hasCalls) };
  });
  return { ...reply, candidates };
}

/** Turns an upstream's streamed reply into a whole one, for a client that did not ask for a stream. */
export type StreamFolder = {
  readonly push: (frame: Frame) => void;
  /** The upstream's body is over; see `StreamTranslator.end`. */
  readonly end: (failure?: Failure) => Result<Reply, Failure>;
};

/** Composes decoder, `conform`, restoring and fold. */
export function streamFolder(job: Omit<ReplyJob, "client">): StreamFolder {
  const folded = fold();
  const source = conformed(job, false);
  const ends = emptyEnds(job.to.reply.vague ?? []);
  return {
    push: (frame) => source.push(frame).flatMap(ends).forEach(folded.push),
    end: (failure) => {
      source.end(failure).flatMap(ends).forEach(folded.push);
      return folded.result();
    },
  };
}

/** Turns a whole reply into frames, for a client that asked for a stream. */
export function streamReply(job: ReplyJob, reply: Reply): Translated & { readonly report: Report } {
  const grammar = conform({ serial: job.to.stream.serial });
  const client = sink(job);
  return { ...client.take(unfold(reply).flatMap(grammar.push)), report: client.report() };
}
