// Buffered replies both ways (translation.md A.5, B.9, B.12, B.13).
import { expect, test } from "bun:test";
import type { Json } from "../../../src/lib/json.ts";
import { bedrock } from "../../../src/protocols/bedrock/index.ts";
import { CLIENT, decodeReply, shown } from "./harness.ts";

const USAGE = { inputTokens: 10, outputTokens: 5, totalTokens: 15 } as const;

function replyWith(content: readonly Json[], rest: Record<string, Json> = {}): Json {
  return {
    output: { message: { role: "assistant", content: [...content] } },
    stopReason: "end_turn",
    usage: USAGE,
    ...rest,
  };
}

test("text, calls and reasoning are blocks in their order", () => {
  const reply = decodeReply(
    replyWith(
      [
        { reasoningContent: { reasoningText: { text: "so", signature: "sig" } } },
        { text: "I look." },
        { toolUse: { toolUseId: "t1", name: "f", input: { a: 1 } } },
      ],
      { stopReason: "tool_use" },
    ),
  );
  const [candidate] = reply.candidates;
  expect(candidate?.stop).toMatchObject({ class: "tool_calls" });
  expect(candidate?.blocks.map(({ kind }) => kind)).toEqual(["thinking", "text", "toolCall"]);
  expect(reply.usage).toMatchObject({ output: 5 });
});

test("tokens read from and written to a cache are told apart", () => {
  const usage = { ...USAGE, cacheReadInputTokens: 100, cacheWriteInputTokens: 20 };
  const reply = decodeReply(replyWith([{ text: "a" }], { usage }));
  expect(reply.usage).toMatchObject({ cacheRead: 100, cacheWrite: 20 });
});

test("a reply comes back as it was", () => {
  const body = replyWith([
    { text: "Hello" },
    { toolUse: { toolUseId: "t1", name: "f", input: {} } },
  ]);
  const { body: encoded } = bedrock.codec.reply.encode(decodeReply(body), CLIENT);
  expect(shown(encoded)).toMatchObject({
    output: {
      message: {
        role: "assistant",
        content: [{ text: "Hello" }, { toolUse: { toolUseId: "t1", name: "f", input: {} } }],
      },
    },
    stopReason: "end_turn",
    usage: USAGE,
  });
});

test("tokens of another vendor are sealed for the client", () => {
  const { body } = bedrock.codec.reply.encode(
    {
      candidates: [
        {
          stop: { class: "end" },
          blocks: [
            {
              kind: "thinking",
              text: "so",
              form: "summary",
              redacted: false,
              opaque: [{ vendor: "elsewhere", kind: "encrypted", data: "x" }],
            },
            { kind: "text", text: "a" },
          ],
        },
      ],
      ext: [],
      uses: [],
    },
    CLIENT,
  );
  expect(JSON.stringify(shown(body))).toContain("sealed:x");
});

test("a body without a message is no reply", () => {
  expect(() => decodeReply({ usage: USAGE })).toThrow();
});
