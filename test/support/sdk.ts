// The official SDKs as judges: they read what our encoders wrote, through a `fetch` that answers from memory.
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import type { Json, JsonRecord } from "../../src/lib/json.ts";
import { compact, elements, isRecord } from "./canon.ts";

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
    return withPieces(plain(await run.finalChatCompletion()), chunksOf(stream));
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

/** The chunks of a stream, as plainly as possible. */
function chunksOf(stream: string): readonly JsonRecord[] {
  const data = stream.split(/\r\n|\n|\r/).filter((line) => line.startsWith("data:"));
  return data.flatMap((line): JsonRecord[] => {
    const text = line.slice("data:".length).trim();
    if (text === "[DONE]") return [];
    const value: Json = JSON.parse(text);
    return isRecord(value) ? [value] : [];
  });
}

/**
 * The SDK joins only what OpenAI itself streams in pieces. Members that others added to the dialect it overwrites with the
 * last piece, and so it does with usage and time when a later chunk has another word on them.
 */
function withPieces(completion: Json, chunks: readonly JsonRecord[]): Json {
  if (!isRecord(completion)) return completion;
  const deltas = chunks.flatMap((chunk) => elements(chunk["choices"])).filter(isRecord);
  const choices = elements(completion["choices"]).map((choice): Json => {
    if (!isRecord(choice) || !isRecord(choice["message"])) return choice;
    const own = deltas.filter((delta) => (delta["index"] ?? 0) === (choice["index"] ?? 0));
    const pieces = own.map((delta) => delta["delta"] ?? null).filter(isRecord);
    const joined = {
      reasoning_content: joinTexts(pieces, "reasoning_content"),
      reasoning: joinTexts(pieces, "reasoning"),
      reasoning_details: joinLists(pieces, "reasoning_details"),
      annotations: joinLists(pieces, "annotations"),
    };
    return { ...choice, message: compact({ ...choice["message"], ...compact(joined) }) };
  });
  const usage = chunks.map((chunk) => chunk["usage"]).findLast((value) => isRecord(value));
  const created = chunks.map((chunk) => chunk["created"]).find((time) => Number(time) > 0);
  return compact({ ...completion, choices, ...compact({ usage, created }) });
}

function joinTexts(pieces: readonly JsonRecord[], key: string): Json | undefined {
  const texts = pieces.map((piece) => piece[key]).filter((text) => typeof text === "string");
  return texts.length === 0 ? undefined : texts.join("");
}

function joinLists(pieces: readonly JsonRecord[], key: string): Json | undefined {
  const lists = pieces.map((piece) => piece[key]).filter((list) => Array.isArray(list));
  return lists.length === 0 ? undefined : lists.flatMap(elements);
}

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
};

/** The judges by protocol. */
export const JUDGES: Readonly<Record<string, Judge>> = { openai, anthropic };
