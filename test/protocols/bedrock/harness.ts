// Shorthands for the tests of this folder.
import { printJson, type Json, type Printable } from "../../../src/lib/json.ts";
import type { Event } from "../../../src/ir/event.ts";
import type { Reply } from "../../../src/ir/reply.ts";
import type { Req } from "../../../src/ir/request.ts";
import { bedrock } from "../../../src/protocols/bedrock/index.ts";
import type { Client } from "../../../src/protocols/protocol.ts";
import { eventMessage } from "../../../src/wire/eventstream.ts";
import { jsonDocument } from "../../support/json-text.ts";

/** Where replies of the tests come from. */
const ORIGIN = { vendor: "anthropic", model: "m" } as const;

/** A client of this dialect. */
export const CLIENT: Client = {
  callId: "call-1",
  model: "m",
  now: 1_700_000_000,
  streamUsage: true,
  framing: "eventstream",
  seal: ({ data }) => `sealed:${data}`,
};

/** A printed document as a value. */
export function shown(body: Printable): Json {
  return JSON.parse(printJson(body)) as Json;
}

/** Decodes a request that is right. */
export function decodeRequest(body: Json): Req {
  const context = { model: "m", stream: false, unseal: () => undefined };
  const decoded = bedrock.codec.request.decode(jsonDocument(JSON.stringify(body)), context);
  if (!decoded.ok) throw new Error(decoded.error.message);
  return decoded.value;
}

/** Decodes a reply that is right. */
export function decodeReply(body: Json): Reply {
  const decoded = bedrock.codec.reply.decode(jsonDocument(JSON.stringify(body)), ORIGIN);
  if (!decoded.ok) throw new Error(decoded.error.message);
  return decoded.value;
}

/** What a stream of events comes to. */
export function decodeStream(events: readonly (readonly [string, Json])[]): readonly Event[] {
  const decoder = bedrock.codec.stream.decoder(ORIGIN);
  const decoded = events.flatMap(([type, body]) =>
    decoder.push(eventMessage(type, JSON.stringify(body))),
  );
  return [...decoded, ...decoder.end()];
}
