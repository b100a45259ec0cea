// The word for no signature is an affair between the gateway and Google's servers.
import { describe, expect, test } from "bun:test";
import { NOTHING_TO_RESTORE } from "../../../src/ir/restore.ts";
import { printJson } from "../../../src/lib/json.ts";
import { gemini } from "../../../src/protocols/gemini/index.ts";
import { SENTINEL } from "../../../src/protocols/gemini/sentinel.ts";
import { readReply } from "../../../src/protocols/pipeline.ts";
import { streamTranslator } from "../../../src/protocols/stream-path.ts";
import { jsonDocument } from "../../support/json-text.ts";
import { clientOf, targetOf } from "../../support/laws.ts";
import { PARTIES } from "../../support/parties.ts";
import { ORIGIN, requestOf } from "./harness.ts";

const OTHERS = PARTIES.filter(({ name }) => name !== "gemini");
const CALL = { functionCall: { id: "c", name: "f", args: {} }, thoughtSignature: SENTINEL };
const TEXT = { text: "hello", thoughtSignature: "context_engineering_is_the_way_to_go" };
const CONTEXT = { model: "m", stream: false, unseal: () => undefined };

describe("E181 a sentinel goes to no other provider and to no client", () => {
  test.each(OTHERS)("request to $name", (party) => {
    const request = requestOf({
      contents: [
        { role: "user", parts: [{ text: "hi" }] },
        { role: "model", parts: [TEXT, CALL] },
        {
          role: "user",
          parts: [{ functionResponse: { id: "c", name: "f", response: { output: "1" } } }],
        },
      ],
    });
    const { body, report } = party.codec.request.encode(request, targetOf(party, CONTEXT));
    expect(printJson(body)).toContain("hello");
    expect(printJson(body)).not.toMatch(/skip_thought|context_engineering/);
    expect(report.losses.map(({ id }) => id)).not.toContain("R62");
  });

  test.each(OTHERS)("reply to $name, whole and streamed", (party) => {
    const seen: string[] = [];
    const client = {
      ...clientOf(party),
      seal: ({ data }: { readonly data: string }) => {
        seen.push(data);
        return data;
      },
    };
    const restore = NOTHING_TO_RESTORE;
    const job = { from: gemini.codec, to: party.codec, origin: ORIGIN, client, restore };
    const candidate = { content: { parts: [TEXT, CALL] }, finishReason: "STOP", index: 0 };
    const data = JSON.stringify({ candidates: [candidate], responseId: "r" });
    const reply = readReply(job, jsonDocument(data));
    if (!reply.ok) throw new Error(reply.error.message);
    expect(printJson(party.codec.reply.encode(reply.value, client).body)).toContain("hello");
    const stream = streamTranslator(job);
    const translated = [stream.push({ kind: "sse", event: undefined, data }), stream.end()];
    const printed = JSON.stringify([
      printJson(party.codec.reply.encode(reply.value, client).body),
      translated.flatMap(({ frames }) => frames.map(textOf)),
    ]);
    expect(printed).not.toMatch(/skip_thought|context_engineering/);
    expect(seen).toEqual([]);
  });
});

function textOf(frame: object): string {
  return JSON.stringify(frame, (_, value: unknown) =>
    value instanceof Uint8Array ? new TextDecoder().decode(value) : value,
  );
}
