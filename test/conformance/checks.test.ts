// The egress checks against what the vendors themselves sent: a check that real traffic does not pass would be wrong. Only
// what is known of some vendors' habits may fail, and what we send has none of these habits.
import { expect, test } from "bun:test";
import { PROTOCOLS, PROTOCOL_NAMES, type ProtocolName } from "../../src/protocols/registry.ts";
import type { Protocol } from "../../src/protocols/protocol.ts";
import { faultOf } from "../support/checks.ts";
import { recorded, type Exchange } from "../support/corpus.ts";
import { jsonDocument } from "../support/json-text.ts";
import { framesOf } from "../support/streams.ts";

/** What real servers do although the documentation says otherwise, by protocol. */
const HABITS: Readonly<Record<ProtocolName, readonly RegExp[]>> = {
  openai: [
    // OpenAI before 2024 and most other servers leave out or null what has no value.
    /message\/refusal: .*found nothing/,
    /message\/content: .*found nothing/,
    /(?:tool_calls|function_call): expected .*found null/,
    // Other servers: no id, an id for each chunk, no index, no object, a date in words, the whole call in each chunk.
    /\/id: .*found an empty string/,
    /id, created or model changed/,
    /goes on after its end/,
    /tool_calls\/0\/index: .*found nothing/,
    /\/object: .*found nothing/,
    /\/created: .*found a string/,
    /call \d+ begins twice/,
    /function\/arguments: .*found nothing/,
    /a chunk after the usage/,
    // Errors in disguise.
    /an event named error/,
    /choices\/0\/message: .*found nothing/,
  ],
  responses: [
    // The name came to the event later.
    /\/name: .*found nothing/,
    // Other servers leave out what has no value, do not number events, or use words of their own.
    /\/error: .*found nothing/,
    /sequence_number -1/,
    /\/status: .*found a string/,
    /response\.created with another status/,
    /names another item/,
    /is not done/,
    /is in progress/,
    // Several replies in one recording.
    /a frame after the end/,
    // An error as older versions spelt it.
    /\/message: .*found nothing/,
  ],
  anthropic: [
    // The input was in the first event alone before 2025.
    /\/usage\/input_tokens: .*found nothing/,
    // Other servers: no sequence, no signature, [DONE] at the end.
    /\/stop_sequence: .*found nothing/,
    /content_block\/signature: .*found nothing/,
    /a frame after the end/,
  ],
  gemini: [
    // A library's own spelling of what it recorded, and words that are newer than the documentation.
    /\/finishReason: .*found a (?:number|string)/,
    // Arguments of calls in pieces, which clients of Vertex AI ask for.
    /functionCall\/name: .*found nothing/,
    // A stream without `alt=sse`, recorded as one document.
    /expected an object, found a list/,
  ],
  bedrock: [
    // Servers that imitate it.
    /\/metrics: .*found nothing/,
    /a block before messageStart/,
  ],
  cohere: [
    // Its compatible servers end with [DONE].
    /a frame after the end/,
  ],
};

function fault(protocol: Protocol, reply: Exchange["reply"]): string | undefined {
  if (reply.kind === "json") {
    return reply.status === 200 ? protocol.check.reply(jsonDocument(reply.body).root) : undefined;
  }
  const bytes = reply.kind === "sse" ? new TextEncoder().encode(reply.text) : reply.bytes;
  return faultOf(protocol.check, framesOf(protocol, [bytes]));
}

test.each(PROTOCOL_NAMES)("recorded replies of %s pass, but for known habits", (name) => {
  const unknown: string[] = [];
  for (const { id, operation, reply } of recorded(name)) {
    const found = operation === "chat" ? fault(PROTOCOLS[name], reply) : undefined;
    if (found !== undefined && !HABITS[name].some((habit) => habit.test(found)))
      unknown.push(`${id}: ${found}`);
  }
  expect(unknown).toEqual([]);
});
