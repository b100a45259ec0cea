// What clients of each protocol are told of a model that spoilt its call.
import { describe, expect, test } from "bun:test";
import { NOTHING_TO_RESTORE } from "../../../src/ir/restore.ts";
import { printJson } from "../../../src/lib/json.ts";
import { gemini } from "../../../src/protocols/gemini/index.ts";
import { readReply, streamFolder } from "../../../src/protocols/pipeline.ts";
import { streamTranslator, type ReplyJob } from "../../../src/protocols/stream-path.ts";
import { jsonDocument } from "../../support/json-text.ts";
import { clientOf } from "../../support/laws.ts";
import { PARTIES } from "../../support/parties.ts";
import { ORIGIN } from "./harness.ts";

function jobFor(name: string): ReplyJob {
  const party = PARTIES.find((known) => known.name === name);
  if (party === undefined) throw new Error(`no codec for ${name}`);
  const client = clientOf(party);
  return {
    from: gemini.codec,
    to: party.codec,
    origin: ORIGIN,
    client,
    restore: NOTHING_TO_RESTORE,
  };
}

function spoilt(parts: readonly object[]): string {
  const candidate = { content: { parts }, finishReason: "MALFORMED_FUNCTION_CALL", index: 0 };
  return JSON.stringify({ candidates: [candidate], responseId: "r" });
}

const THOUGHT = { text: "hm", thought: true };

describe("E253 a malformed call without an answer", () => {
  const failure = {
    class: "bad-upstream-reply",
    code: "no_answer",
    message: "the model ended without an answer: MALFORMED_FUNCTION_CALL",
  };

  test.each(["openai", "responses", "anthropic"])("is an error for %s", (name) => {
    const job = jobFor(name);
    for (const parts of [[], [THOUGHT]]) {
      const text = spoilt(parts);
      const frame = { kind: "sse", event: undefined, data: text } as const;
      expect(readReply(job, jsonDocument(text))).toMatchObject({ ok: false, error: failure });
      const stream = streamTranslator(job);
      const all = [stream.push(frame), stream.end()];
      expect(all.at(-1)).toMatchObject({ terminal: false, failure });
      const folder = streamFolder(job);
      folder.push(frame);
      expect(folder.end()).toMatchObject({ ok: false, error: failure });
    }
  });

  test.each([
    ["bedrock", '"stopReason":"malformed_tool_use"'],
    ["cohere", '"finish_reason":"ERROR"'],
  ])("has a word of its own for %s", (name, word) => {
    const job = jobFor(name);
    const reply = readReply(job, jsonDocument(spoilt([])));
    if (!reply.ok) throw new Error(reply.error.message);
    expect(printJson(job.to.reply.encode(reply.value, job.client).body)).toContain(word);
  });

  test("is an ordinary end when the model said something before", () => {
    const text = spoilt([THOUGHT, { text: "Let me see." }]);
    expect(readReply(jobFor("openai"), jsonDocument(text))).toMatchObject({ ok: true });
    const stream = streamTranslator(jobFor("openai"));
    stream.push({ kind: "sse", event: undefined, data: text });
    expect(stream.end()).toMatchObject({ terminal: true });
  });
});
