// The official SDKs as judges: they read what our encoders wrote, through a `fetch` that answers from memory.
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import type { Json } from "../../src/lib/json.ts";

/** What one SDK makes of bytes. Every function rejects when the SDK throws. */
export type Judge = {
  /** Folds a stream with the SDK's own accumulator. */
  readonly accumulate: (stream: string) => Promise<Json>;
  /** Reads a buffered reply. */
  readonly reply: (body: string) => Promise<Json>;
  /** The error that the SDK throws for an error reply. */
  readonly error: (
    status: number,
    headers: Record<string, string>,
    body: string,
  ) => Promise<unknown>;
};

function answering(status: number, headers: Record<string, string>, body: string): typeof fetch {
  const reply = (): Promise<Response> => Promise.resolve(new Response(body, { status, headers }));
  return Object.assign(reply, { preconnect: () => undefined });
}

const SSE = { "content-type": "text/event-stream" };
const JSON_TYPE = { "content-type": "application/json" };

/** Plain data of what an SDK returned. */
function plain(value: unknown): Json {
  const copy: Json = JSON.parse(JSON.stringify(value));
  return copy;
}

function openaiClient(fetch: typeof globalThis.fetch): OpenAI {
  return new OpenAI({ apiKey: "test", baseURL: "http://gateway.test/v1", maxRetries: 0, fetch });
}

const OPENAI_CALL = { model: "m", messages: [{ role: "user", content: "hi" }] } as const;

/** The `openai` package on chat completions. */
const openai: Judge = {
  accumulate: async (stream) => {
    const client = openaiClient(answering(200, SSE, stream));
    const run = client.chat.completions.stream({
      ...OPENAI_CALL,
      messages: [...OPENAI_CALL.messages],
    });
    return plain(await run.finalChatCompletion());
  },
  reply: async (body) => {
    const client = openaiClient(answering(200, JSON_TYPE, body));
    const call = client.chat.completions.create({
      ...OPENAI_CALL,
      messages: [...OPENAI_CALL.messages],
    });
    return plain(await call);
  },
  error: async (status, headers, body) => {
    const client = openaiClient(answering(status, headers, body));
    try {
      await client.chat.completions.create({ ...OPENAI_CALL, messages: [...OPENAI_CALL.messages] });
      return undefined;
    } catch (error) {
      return error;
    }
  },
};

function anthropicClient(fetch: typeof globalThis.fetch): Anthropic {
  return new Anthropic({ apiKey: "test", baseURL: "http://gateway.test", maxRetries: 0, fetch });
}

const ANTHROPIC_CALL = {
  model: "m",
  max_tokens: 16,
  messages: [{ role: "user", content: "hi" }],
} as const;

/** The `@anthropic-ai/sdk` package on messages. */
const anthropic: Judge = {
  accumulate: async (stream) => {
    const client = anthropicClient(answering(200, SSE, stream));
    const run = client.messages.stream({
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
};

/** The judges by protocol. */
export const JUDGES: Readonly<Record<string, Judge>> = { openai, anthropic };
