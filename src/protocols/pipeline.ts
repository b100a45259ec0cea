// Puts two codecs together: the pure path of a translated call, shared by the gateway and the `translate` command.
import type { JsonDocument } from "../lib/json.ts";
import { err, ok, type Result } from "../lib/result.ts";
import { conform, stopWithCalls } from "../ir/conform.ts";
import type { Event } from "../ir/event.ts";
import type { Failure } from "../ir/failure.ts";
import { fold, unfold } from "../ir/fold.ts";
import type { Report, Use } from "../ir/loss.ts";
import { judge, rejection, type LossPolicy } from "../ir/policy.ts";
import { reporter } from "../ir/report.ts";
import type { Reply, Usage } from "../ir/reply.ts";
import type { Req } from "../ir/request.ts";
import { restoreEvents, restoreReply } from "../ir/restore.ts";
import type { Frame } from "../wire/frame.ts";
import type {
  Client,
  Codec,
  DecodeContext,
  EncodedReply,
  EncodedRequest,
  Origin,
  Restore,
  Target,
} from "./protocol.ts";

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
  const loss = judge(encoded.report, policy);
  return loss === undefined ? ok(encoded) : err(rejection(loss));
}

/** The way back of a call. */
export type ReplyJob = {
  /** The upstream's protocol. */
  readonly from: Codec;
  /** The client's protocol. */
  readonly to: Codec;
  readonly origin: Origin;
  readonly client: Client;
  /** What `encodeRequest` said has to change back. */
  readonly restore: Restore;
};

/** Decodes an upstream's buffered reply and encodes it for the client. */
export function translateReply(
  job: ReplyJob,
  document: JsonDocument,
): Result<EncodedReply & { readonly reply: Reply }, Failure> {
  const reply = readReply(job, document);
  return reply.ok
    ? ok({ ...job.to.reply.encode(reply.value, job.client), reply: reply.value })
    : reply;
}

function readReply(job: ReplyJob, document: JsonDocument): Result<Reply, Failure> {
  const decoded = job.from.reply.decode(document, job.origin);
  return decoded.ok ? ok(restoreReply(withCallsWin(decoded.value), job.restore)) : decoded;
}

function withCallsWin(reply: Reply): Reply {
  const candidates = reply.candidates.map((candidate) => {
    const hasCalls = candidate.blocks.some((block) => block.kind === "toolCall");
    return { ...candidate, stop: stopWithCalls(candidate.stop, hasCalls) };
  });
  return { ...reply, candidates };
}

/** Client frames, and what the gateway must know about them. */
export type Translated = {
  readonly frames: readonly Frame[];
  /** The reply holds generated content, in these frames or in earlier ones. */
  readonly content: boolean;
  /** The reply is complete: it ended as it should, and whatever the upstream may still send is ignored. */
  readonly terminal: boolean;
  /** The reply ended with an error, of which `frames` tell the client; nothing may follow. */
  readonly failure?: Failure;
};

/** Translates one streamed reply. */
export type StreamTranslator = {
  /** Takes a frame of the upstream. */
  readonly push: (frame: Frame) => Translated;
  /**
   * The upstream's body is over: cleanly, or with the transport's failure. Whatever lacks its proper end becomes an error
   * in the client's dialect; after `terminal` this returns nothing.
   */
  readonly end: (failure?: Failure) => Translated;
  /** Token counts as far as the upstream has told them; for a reply that broke off, the last ones known. */
  readonly usage: () => Usage | undefined;
  /** What the features seen so far cost in the client's dialect. */
  readonly report: () => Report;
};

/** Composes decoder, `conform`, restoring and encoder. */
export function streamTranslator(job: ReplyJob): StreamTranslator {
  const source = conformed(job, job.to.stream.serial);
  const client = sink(job);
  return {
    push: (frame) => client.take(source.push(frame)),
    end: (failure) => client.take(source.end(failure)),
    usage: client.usage,
    report: client.report,
  };
}

type Sink = Pick<StreamTranslator, "usage" | "report"> & {
  readonly take: (events: readonly Event[]) => Translated;
};

/** The client's side: encodes, and notes what went by. */
function sink(job: ReplyJob): Sink {
  const encoder = job.to.stream.encoder(job.client);
  const uses: Use[] = [];
  let usage: Usage | undefined;
  let content = false;
  let terminal = false;
  let failure: Failure | undefined;
  const note = (event: Event): void => {
    content ||= isContent(event);
    if (event.type === "use" && uses.length < MAX_USES)
      uses.push({ id: event.id, path: event.path });
    else if (event.type === "usage") ({ usage } = event);
    else if (event.type === "error") ({ failure } = event);
    else if (event.type === "end") terminal = true;
  };
  return {
    take: (events) => {
      events.forEach(note);
      const frames = [...events.flatMap(encoder.push), ...(encoder.flush?.() ?? [])];
      return { frames, content, terminal, ...(failure === undefined ? {} : { failure }) };
    },
    usage: () => usage,
    report: () => reporter(uses, job.to.places).report(),
  };
}

/** Most uses that are kept for the report of a stream; a reply that uses more says nothing new. */
const MAX_USES = 1024;

/** Whether the client has something to show for it, so that another upstream can no longer take over. */
function isContent(event: Event): boolean {
  switch (event.type) {
    case "open":
    case "delta":
    case "opaque":
    case "cite":
    case "logprobs":
      return true;
    case "start":
    case "close":
    case "stop":
    case "usage":
    case "meta":
    case "use":
    case "ping":
    case "error":
    case "end":
      return false;
  }
}

type Conformed = {
  readonly push: (frame: Frame) => readonly Event[];
  readonly end: (failure: Failure | undefined) => readonly Event[];
};

function conformed(job: Omit<ReplyJob, "to" | "client">, serial: boolean): Conformed {
  const decoder = job.from.stream.decoder(job.origin);
  const grammar = conform({ serial });
  const restored = restoreEvents(job.restore);
  return {
    push: (frame) => decoder.push(frame).flatMap(grammar.push).flatMap(restored),
    end: (failure) => {
      const last = failure === undefined ? decoder.end() : [];
      return [...last.flatMap(grammar.push), ...grammar.end(failure)].flatMap(restored);
    },
  };
}

/** Turns an upstream's streamed reply into one document, for a client that did not ask for a stream. */
export type StreamFolder = {
  readonly push: (frame: Frame) => void;
  /** The upstream's body is over; see `StreamTranslator.end`. */
  readonly end: (failure?: Failure) => Result<EncodedReply & { readonly reply: Reply }, Failure>;
};

/** Composes decoder, `conform`, restoring and fold. */
export function streamFolder(job: ReplyJob): StreamFolder {
  const folded = fold();
  const source = conformed(job, false);
  return {
    push: (frame) => source.push(frame).forEach(folded.push),
    end: (failure) => {
      source.end(failure).forEach(folded.push);
      const reply = folded.result();
      return reply.ok
        ? ok({ ...job.to.reply.encode(reply.value, job.client), reply: reply.value })
        : reply;
    },
  };
}

/** Turns an upstream's buffered reply into frames, for a client that asked for a stream. */
export function streamReply(
  job: ReplyJob,
  document: JsonDocument,
): Result<Translated & { readonly reply: Reply }, Failure> {
  const reply = readReply(job, document);
  if (!reply.ok) return reply;
  const grammar = conform({ serial: job.to.stream.serial });
  const events = unfold(reply.value).flatMap(grammar.push);
  return ok({ ...sink(job).take(events), reply: reply.value });
}
