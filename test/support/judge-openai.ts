// The `openai` package as judge of chat completions.
import OpenAI, { APIError } from "openai";
import type { Json, JsonRecord } from "../../src/lib/json.ts";
import { compact, elements, isRecord } from "./canon.ts";
import { answering, JSON_TYPE, plain, SSE, type Judge } from "./sdk.ts";

function openaiClient(fetch: typeof globalThis.fetch): OpenAI {
  return new OpenAI({ apiKey: "test", baseURL: "http://gateway.test/v1", maxRetries: 0, fetch });
}

const OPENAI_CALL = { model: "m", messages: [{ role: "user", content: "hi" }] } as const;

/** The `openai` package on chat completions. */
export const judgeOpenai: Judge = {
  accumulate: async (stream) => {
    const client = openaiClient(answering(200, SSE, stream));
    const run = client.chat.completions.stream({
      ...OPENAI_CALL,
      messages: [...OPENAI_CALL.messages],
    });
    return withPieces(
      plain(await run.finalChatCompletion()),
      chunksOf(new TextDecoder().decode(stream)),
    );
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
  status: (error) => (error instanceof APIError ? Number(error.status) : undefined),
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
