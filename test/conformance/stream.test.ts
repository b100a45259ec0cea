// Streamed replies: cut anywhere they are the same, folded they are the buffered reply, and the client's own SDK reads what
// they become in its dialect (translation.md 0.1 STREAM, C.6 step 4, D.1).
import { afterAll, expect, test } from "bun:test";
import type { Frame } from "../../src/wire/frame.ts";
import type { Json } from "../../src/lib/json.ts";
import { fixtures, recorded, type Exchange } from "../support/corpus.ts";
import { diff } from "../support/diff.ts";
import { jsonDocument, jsonText } from "../support/json-text.ts";
import {
  clientOf,
  describe,
  essence,
  overTheWire,
  replyRoundTrip,
  type Party,
} from "../support/laws.ts";
import { PAIRS, PARTIES } from "../support/parties.ts";
import {
  eventsOf,
  foldAll,
  bytesOfFrames,
  framesOf,
  streamFault,
  translatorOf,
} from "../support/streams.ts";
import { table } from "../support/tally.ts";

const STREAMS_LOST = table("streamed replies, our own and recorded");
afterAll(STREAMS_LOST.print);

type Recorded = { readonly id: string; readonly bytes: Uint8Array };

const STREAMS = new Map<string, readonly Recorded[]>();

/** All streams of a protocol, our own first. */
function streamsOf(party: Party): readonly Recorded[] {
  const known = STREAMS.get(party.name);
  if (known !== undefined) return known;
  const found = [...fixtures(party.name), ...recorded(party.name)].flatMap(
    ({ id, operation, reply }) =>
      operation === "chat" && reply.kind !== "json" ? [{ id, bytes: bytesOf(reply) }] : [],
  );
  STREAMS.set(party.name, found);
  return found;
}

/** Streams that the SDK of their own dialect reads to the end. */
async function readable(party: Party): Promise<readonly (Recorded & { readonly whole: Judged })[]> {
  const read = await Promise.all(
    streamsOf(party).map(async (stream) => {
      try {
        return [{ ...stream, whole: await party.judge.accumulate(stream.bytes) }];
      } catch {
        return [];
      }
    }),
  );
  return read.flat();
}
type Judged = Awaited<ReturnType<Party["judge"]["accumulate"]>>;

/** Arguments that were cut short are kept as text in one piece, and half read by an SDK that gets them in pieces. */
const CUT_SHORT = "/input/__raw";

/** What some dialects tell once and for all in their first event, and some upstreams only in their last. */
const TOLD_FIRST = "/usage/service_tier";

function differences(id: string, expected: Json, made: Json): readonly string[] {
  const found = diff(expected, made).filter(
    ({ path }) => !path.endsWith(CUT_SHORT) && path !== TOLD_FIRST,
  );
  return found.slice(0, 4).map((difference) => `${id}: ${describe(difference)}`);
}

function asJson(value: unknown): Json {
  return jsonDocument(JSON.stringify(value)).root;
}

function bytesOf(reply: Exclude<Exchange["reply"], { kind: "json" }>): Uint8Array {
  return reply.kind === "sse" ? new TextEncoder().encode(reply.text) : reply.bytes;
}
const SMALL = 8 * 1024;

/** For the tests that feed every recorded stream again and again, in milliseconds. */
const PATIENCE = 60_000;

test.each(PARTIES)(
  "$name: a stream in single bytes is the same as in one piece",
  (party) => {
    for (const { id, bytes } of streamsOf(party)) {
      const single = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
      const events = JSON.stringify(eventsOf(party, framesOf(party, single)));
      if (events !== JSON.stringify(eventsOf(party, framesOf(party, [bytes])))) throw new Error(id);
    }
  },
  PATIENCE,
);

function sameFrames(left: readonly Frame[], right: readonly Frame[]): boolean {
  return left.length === right.length && left.every((frame, at) => sameFrame(frame, right[at]));
}

function sameFrame(left: Frame, right: Frame | undefined): boolean {
  if (left.kind !== "sse" || right?.kind !== "sse") return Bun.deepEquals(left, right);
  return left.data === right.data && left.event === right.event;
}

test.each(PARTIES)(
  "$name: a small stream cut in two at any byte is the same as in one piece",
  (party) => {
    for (const { id, bytes } of streamsOf(party)) {
      if (bytes.byteLength >= SMALL) continue;
      // The decoder sees only frames, so the same frames are the same events.
      const whole = framesOf(party, [bytes]);
      for (let cut = 0; cut <= bytes.byteLength; cut += 1) {
        const frames = framesOf(party, [bytes.subarray(0, cut), bytes.subarray(cut)]);
        if (!sameFrames(frames, whole)) throw new Error(`${id} cut at ${cut}`);
      }
    }
  },
  PATIENCE,
);

test.each(PARTIES)(
  "$name: a folded stream is what the SDK's accumulator makes of it",
  async (party) => {
    const problems: string[] = [];
    for (const { id, bytes, whole } of await readable(party)) {
      const streamed = foldAll(eventsOf(party, framesOf(party, [bytes])));
      const document = jsonDocument(JSON.stringify(whole));
      const buffered = party.codec.reply.decode(document, { vendor: party.name, model: "model" });
      if (!streamed.ok || !buffered.ok) {
        problems.push(
          `${id}: ${streamed.ok ? "" : streamed.error.message}${buffered.ok ? "" : buffered.error.message}`,
        );
      } else {
        const [made, expected] = [essence(streamed.value), essence(buffered.value)].map(asJson);
        problems.push(...differences(id, expected ?? null, made ?? null));
      }
    }
    expect(problems).toEqual([]);
  },
);

test.each(PAIRS)(
  "$pair: the client's SDK reads the translated stream to what the buffered encoder writes",
  async ({ a: upstream, b: client }) => {
    const problems: string[] = [];
    for (const { id, bytes } of streamsOf(upstream)) {
      const frames = framesOf(upstream, [bytes]);
      const translator = translatorOf(upstream, client);
      const written = [
        ...frames.flatMap((frame) => translator.push(frame).frames),
        ...translator.end().frames,
      ];
      const fault = upstream === client ? undefined : streamFault(client, written);
      if (fault !== undefined) problems.push(`${id}: ${fault}`);
      const reply = foldAll(eventsOf(upstream, frames));
      const accumulated = client.judge.accumulate(bytesOfFrames(client, written)).then(
        (value) => ({ ok: true, value }) as const,
        (error: unknown) => ({ ok: false, error: String(error) }) as const,
      );
      const seen = await accumulated;
      if (!reply.ok) {
        if (seen.ok) problems.push(`${id}: a broken stream was read as a whole reply`);
        continue;
      }
      if (!seen.ok) {
        problems.push(`${id}: ${seen.error}`);
        continue;
      }
      const buffered = jsonDocument(
        overTheWire(client.codec.reply.encode(reply.value, clientOf(client)).body),
      ).root;
      const canon = client.canon.streamed ?? client.canon.reply;
      const [left, right] = [canon(seen.value), canon(buffered)];
      problems.push(...differences(id, right, left));
    }
    expect(problems).toEqual([]);
  },
);

test.each(PAIRS)(
  "$pair: what does not come back of a streamed reply is what was reported",
  async ({ a: upstream, b: client }) => {
    const count = STREAMS_LOST.tally(upstream.name, client.name);
    for (const { id, whole } of await readable(upstream)) {
      count.add(id, replyRoundTrip(upstream, client, jsonText(JSON.stringify(whole))));
    }
    expect(count.problems()).toEqual([]);
  },
);

test.each(PAIRS)(
  "$pair: a stream that breaks off anywhere is an error to the client's SDK",
  async ({ a: upstream, b: client }) => {
    const problems: string[] = [];
    for (const { id, bytes } of streamsOf(upstream).slice(0, BROKEN_STREAMS)) {
      const frames = framesOf(upstream, [bytes]).slice(0, BROKEN_FRAMES);
      for (let kept = 0; kept < frames.length; kept += 1) {
        const translator = translatorOf(upstream, client);
        const pushed = frames.slice(0, kept).map(translator.push);
        if (pushed.some((step) => step.terminal || step.failure !== undefined)) break;
        const last = translator.end({ class: "network", message: "the connection broke" });
        const written = [...pushed.flatMap((step) => step.frames), ...last.frames];
        const fault = upstream === client ? undefined : streamFault(client, written);
        if (fault !== undefined) problems.push(`${id} after ${kept} frames: ${fault}`);
        const stream = bytesOfFrames(client, written);
        const error = await client.judge.accumulate(stream).then(
          () => undefined,
          (thrown: unknown) => String(thrown),
        );
        if (last.failure === undefined || error?.includes("the connection broke") !== true) {
          problems.push(`${id} after ${kept} frames: ${error ?? "read as a whole reply"}`);
        }
      }
    }
    expect(problems).toEqual([]);
  },
);

const BROKEN_STREAMS = 12;
const BROKEN_FRAMES = 40;
