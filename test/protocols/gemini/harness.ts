// What the tests of this dialect share: documents through its codec, with a target or a client that asked for everything.
import { printJson, type Json } from "../../../src/lib/json.ts";
import type { Event } from "../../../src/ir/event.ts";
import type { Req } from "../../../src/ir/request.ts";
import type { Client, ModelCapabilities, Target } from "../../../src/protocols/protocol.ts";
import { decode as decodeRequest } from "../../../src/protocols/gemini/request-decode.ts";
import { encode as encodeRequest } from "../../../src/protocols/gemini/request-encode.ts";
import { decoder } from "../../../src/protocols/gemini/stream-decode.ts";
import { conform } from "../../../src/ir/conform.ts";
import { jsonDocument } from "../../support/json-text.ts";

/** A model of the vendor. */
export function targetWith(capabilities: ModelCapabilities): Target {
  return { model: "gemini-x", stream: false, vendor: "google", capabilities, profile: {} };
}

/** A client that seals tokens visibly. */
export const CLIENT: Client = {
  callId: "call-1",
  model: "asked",
  now: 1,
  streamUsage: true,
  framing: "sse",
  seal: ({ data }) => `sealed-${data}`,
};

/** Decodes a request that is well-formed. */
export function requestOf(body: unknown): Req {
  const context = { model: "gemini-x", stream: false, unseal: () => undefined };
  const decoded = decodeRequest(jsonDocument(JSON.stringify(body)), context);
  if (!decoded.ok) throw new Error(decoded.error.message);
  return decoded.value;
}

/** The body for a request of another dialect, as plain data. */
export function sent(request: Req, capabilities: ModelCapabilities = {}): Json {
  const { body } = encodeRequest(request, targetWith(capabilities));
  return jsonDocument(printJson(body)).root;
}

/** A request of another dialect. */
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

/** Who made the replies. */
export const ORIGIN = { vendor: "google", model: "gemini-x" };

/** The conformed events of chunks. */
export function eventsOf(chunks: readonly unknown[]): readonly Event[] {
  const stream = decoder(ORIGIN);
  const grammar = conform({ serial: true });
  const frames = chunks.map(
    (chunk) => ({ kind: "sse", event: undefined, data: JSON.stringify(chunk) }) as const,
  );
  const events = [...frames.flatMap(stream.push), ...stream.end()].flatMap(grammar.push);
  return [...events, ...grammar.end()];
}
