// A streamed reply on its way from an upstream's frames to a client's: decoder, grammar, restoring, stop sequences, encoder.
import { conform } from "../ir/conform.ts";
import { emptyEnds } from "../ir/empty-end.ts";
import type { Event } from "../ir/event.ts";
import type { Failure } from "../ir/failure.ts";
import { fold } from "../ir/fold.ts";
import type { Report, Use } from "../ir/loss.ts";
import { reporter } from "../ir/report.ts";
import type { Reply, Usage } from "../ir/reply.ts";
import { restoreEvents } from "../ir/restore.ts";
import { stopMatcher } from "../ir/stop-match.ts";
import type { Frame } from "../wire/frame.ts";
import type { Client, Codec, Origin, Restore } from "./protocol.ts";

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
  /** Model that the reply is to name, whatever the upstream says (translation.md B.15); absent: what the upstream says. */
  readonly model?: string;
  /** Stop sequences that the upstream does not match (`Emulation.stop`). */
  readonly stop?: readonly string[];
  /** Sees the neutral reply once it is complete. */
  readonly observe?: (reply: Reply) => void;
};

/** Client frames, and what the gateway must know about them. */
export type Translated = {
  readonly frames: readonly Frame[];
  /** The reply holds generated content, in these frames or in earlier ones. */
  readonly content: boolean;
  /** The reply is complete: it ended as it should, and whatever the upstream may still send is ignored. */
  readonly terminal: boolean;
  /** It was ended here, at a stop sequence, while the upstream may go on for long: it need not be read any further. */
  readonly cut?: boolean;
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
  /** What keeps a silent connection open; no frames where the dialect has nothing for it, or before the reply began. */
  readonly ping: () => readonly Frame[];
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
    push: (frame) => withCut(client.take(source.push(frame)), source),
    end: (failure) => client.take(source.end(failure)),
    ping: () => client.take(source.ping()).frames,
    usage: client.usage,
    report: client.report,
  };
}

/** Says of what was translated whether its source was ended at a stop sequence. */
export function withCut(translated: Translated, source: Conformed): Translated {
  return source.isCut() ? { ...translated, cut: true } : translated;
}

/** See `sink`. */
export type Sink = Pick<StreamTranslator, "usage" | "report"> & {
  readonly take: (events: readonly Event[]) => Translated;
};

/** The client's side of a stream: encodes events, and notes what went by. */
export function sink(job: Pick<ReplyJob, "to" | "client" | "observe">): Sink {
  const encoder = job.to.stream.encoder(job.client);
  const ends = emptyEnds(job.to.reply.vague ?? []);
  const uses: Use[] = [];
  let usage: Usage | undefined;
  let content = false;
  let terminal = false;
  let failure: Failure | undefined;
  const whole = job.observe === undefined ? undefined : fold();
  const note = (event: Event): void => {
    content ||= isContent(event);
    whole?.push(event);
    if (event.type === "use" && uses.length < MAX_USES)
      uses.push({ id: event.id, path: event.path });
    else if (event.type === "usage") ({ usage } = event);
    else if (event.type === "error") ({ failure } = event);
    else if (event.type === "end") {
      terminal = true;
      const reply = whole?.result();
      if (reply?.ok === true) job.observe?.(reply.value);
    }
  };
  return {
    take: (arrived) => {
      const events = arrived.flatMap(ends);
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

/** The upstream's side of a stream: events in the grammar of `conform`, restored, and cut at emulated stop sequences. */
export type Conformed = {
  readonly push: (frame: Frame) => readonly Event[];
  /** See `StreamTranslator.end`. */
  readonly end: (failure: Failure | undefined) => readonly Event[];
  readonly ping: () => readonly Event[];
  /** Whether the reply was ended at a stop sequence. */
  readonly isCut: () => boolean;
};

function withModel(event: Event, { model }: Pick<ReplyJob, "model">): Event {
  return event.type === "start" && model !== undefined ? { ...event, model } : event;
}

/** Starts the upstream's side. `serial`: as `Codec.stream.serial` of the client's protocol. */
export function conformed(job: Omit<ReplyJob, "to" | "client">, serial: boolean): Conformed {
  const decoder = job.from.stream.decoder(job.origin);
  const grammar = conform({ serial });
  const restoring = restoreEvents(job.restore);
  const restored = (event: Event): readonly Event[] => restoring(withModel(event, job));
  const matcher = stopMatcher({ sequences: job.stop ?? [], candidates: 1 });
  const out = (event: Event): readonly Event[] =>
    job.stop === undefined ? restored(event) : restored(event).flatMap(matcher.push);
  return {
    push: (frame) => decoder.push(frame).flatMap(grammar.push).flatMap(out),
    end: (failure) => {
      const last = failure === undefined ? decoder.end() : [];
      return [...last.flatMap(grammar.push), ...grammar.end(failure)].flatMap(out);
    },
    ping: () => grammar.push({ type: "ping" }).flatMap(out),
    isCut: matcher.isOver,
  };
}
