// A provider that plays its script over HTTP and remembers what it was sent. How far a loop has come it reads from the
// results that it gets; a stream is the same reply in pieces.
import { createFramer } from "../../src/gateway/frames.ts";
import { unfold } from "../../src/ir/fold.ts";
import { concat } from "../../src/lib/bytes.ts";
import type { Json } from "../../src/lib/json.ts";
import type { Client } from "../../src/protocols/protocol.ts";
import { PROTOCOLS, type ProtocolName } from "../../src/protocols/registry.ts";
import { jsonDocument } from "../support/json-text.ts";
import { REPLIES } from "./replies.ts";
import { callId, turnsOf } from "./script.ts";

/** A provider at work. */
export type Provider = {
  readonly url: string;
  /** The bodies of the requests of a run, in their order. */
  readonly requestsOf: (run: number) => readonly string[];
  readonly stop: () => void;
};

/** Starts a provider of the protocol. */
export function startProvider(name: ProtocolName): Provider {
  const seen = new Map<number, string[]>();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const text = await request.text();
      const run = Number(/This is run (\d+)\./.exec(text)?.[1]);
      seen.set(run, [...(seen.get(run) ?? []), text]);
      const reply = REPLIES[name](turnsOf(run)[progress(text, run)] ?? { words: "too far" });
      const isStream =
        /[Ss]tream/.test(new URL(request.url).pathname) || /"stream":\s*true/.test(text);
      return isStream ? streamed(name, reply) : Response.json(reply);
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    requestsOf: (run) => seen.get(run) ?? [],
    stop: () => void server.stop(true),
  };
}

/** Turns that are over: a call is in the history together with its result, so its id is there twice. */
function progress(text: string, run: number): number {
  const isAnswered = (letter: string): boolean => text.split(callId(run, letter)).length > 2;
  return [isAnswered("A") && isAnswered("B"), isAnswered("C")].filter(Boolean).length;
}

/** A client that sees tokens as they are. */
const PLAIN: Client = {
  callId: "call-1",
  model: "m",
  now: 1_700_000_000,
  streamUsage: true,
  framing: "sse",
  seal: ({ data }) => data,
};

const TYPES = { sse: "text/event-stream", eventstream: "application/vnd.amazon.eventstream" };

function streamed(name: ProtocolName, reply: Json): Response {
  const type = TYPES[PROTOCOLS[name].framing];
  return new Response(new Uint8Array(streamBytes(name, reply)), {
    headers: { "content-type": type },
  });
}

/** A reply in pieces, as its protocol streams it. */
export function streamBytes(name: ProtocolName, reply: Json): Uint8Array {
  const { codec, framing } = PROTOCOLS[name];
  const origin = { vendor: name, model: "m" };
  const decoded = codec.reply.decode(jsonDocument(JSON.stringify(reply)), origin);
  if (!decoded.ok) throw new Error(decoded.error.message);
  const encoder = codec.stream.encoder({ ...PLAIN, framing });
  const framer = createFramer(framing);
  const frames = unfold(decoded.value).flatMap((event) => encoder.push(event));
  return concat([...frames.map(framer.frame), framer.end()]);
}
