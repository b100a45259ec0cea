// The `@anthropic-ai/sdk` package as judge of messages.
import Anthropic, { APIError } from "@anthropic-ai/sdk";
import { answering, JSON_TYPE, plain, SSE, type Judge } from "./sdk.ts";

function anthropicClient(fetch: typeof globalThis.fetch): Anthropic {
  return new Anthropic({ apiKey: "test", baseURL: "http://gateway.test", maxRetries: 0, fetch });
}

const ANTHROPIC_CALL = {
  model: "m",
  max_tokens: 16,
  messages: [{ role: "user", content: "hi" }],
} as const;

/** The `@anthropic-ai/sdk` package on messages. */
export const judgeAnthropic: Judge = {
  accumulate: async (stream) => {
    const client = anthropicClient(answering(200, SSE, stream));
    // The accumulator of the beta API knows all the blocks that the other one knows, and more.
    const run = client.beta.messages.stream({
      ...ANTHROPIC_CALL,
      messages: [...ANTHROPIC_CALL.messages],
    });
    return plain(await run.finalMessage());
  },
  reply: async (body) => {
    const client = anthropicClient(answering(200, JSON_TYPE, body));
    const call = client.messages.create({
      ...ANTHROPIC_CALL,
      messages: [...ANTHROPIC_CALL.messages],
    });
    return plain(await call);
  },
  error: async (status, headers, body) => {
    const client = anthropicClient(answering(status, headers, body));
    try {
      await client.messages.create({ ...ANTHROPIC_CALL, messages: [...ANTHROPIC_CALL.messages] });
      return undefined;
    } catch (error) {
      return error;
    }
  },
  status: (error) => (error instanceof APIError ? Number(error.status) : undefined),
};
