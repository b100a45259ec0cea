// The `openai` package as judge of responses.
import OpenAI, { APIError } from "openai";
import type { Json, JsonRecord } from "../../src/lib/json.ts";
import { compact, elements, isRecord, omit } from "./canon.ts";
import { answering, JSON_TYPE, plain, SSE, type Judge } from "./sdk.ts";

function openaiClient(fetch: typeof globalThis.fetch): OpenAI {
  return new OpenAI({ apiKey: "test", baseURL: "http://gateway.test/v1", maxRetries: 0, fetch });
}

const CALL = { model: "m", input: "hi" } as const;

/** The `openai` package on responses. */
export const judgeResponses: Judge = {
  accumulate: async (stream) => {
    const client = openaiClient(answering(200, SSE, stream));
    const whole = plain(await client.responses.stream(CALL).finalResponse());
    const events = eventsOf(new TextDecoder().decode(stream));
    // The SDK takes a stream that just stops for a reply.
    if (!events.some(({ type }) => LAST.includes(type ?? null)))
      throw new Error("the stream ended without its last event");
    return withoutParsed(asStreamed(whole, events));
  },
  reply: async (body) => {
    const client = openaiClient(answering(200, JSON_TYPE, body));
    const { output_text: _added, ...reply } = await client.responses.create(CALL);
    return plain(reply);
  },
  error: async (status, headers, body) => {
    const client = openaiClient(answering(status, headers, body));
    try {
      await client.responses.create(CALL);
      return undefined;
    } catch (error) {
      return error;
    }
  },
  status: (error) => (error instanceof APIError ? Number(error.status) : undefined),
};

const LAST: readonly Json[] = ["response.completed", "response.incomplete", "response.failed"];

function eventsOf(stream: string): readonly JsonRecord[] {
  const data = stream.split(/\r\n|\n|\r/).filter((line) => line.startsWith("data:"));
  return data.flatMap((line): JsonRecord[] => {
    const text = line.slice("data:".length).trim();
    if (text === "[DONE]") return [];
    const value: Json = JSON.parse(text);
    return isRecord(value) ? [value] : [];
  });
}

/**
 * Where the last event differs from those before it: the vendor encrypts anew whenever it shows an item, each time as good as
 * the other; it rounds what it repeats; and items that only the last event completes come last.
 */
function asStreamed(whole: Json, events: readonly JsonRecord[]): Json {
  if (!isRecord(whole)) return whole;
  const done = events
    .filter(({ type }) => type === "response.output_item.done")
    .map(({ item }) => item);
  const firstOf = (item: Json): Json | undefined =>
    done.find((first) => isRecord(first) && first["id"] === idOf(item));
  const output = elements(whole["output"]).map((item): Json => {
    const first = firstOf(item);
    if (!isRecord(item) || !isRecord(first)) return item;
    const { encrypted_content, fingerprint } = first;
    return withLogprobs({ ...item, ...compact({ encrypted_content, fingerprint }) }, events);
  });
  const late = output.filter((item) => firstOf(item) === undefined);
  return { ...whole, output: [...output.filter((item) => !late.includes(item)), ...late] };
}

function idOf(item: Json): Json | undefined {
  return isRecord(item) ? item["id"] : undefined;
}

function withLogprobs(item: JsonRecord, events: readonly JsonRecord[]): Json {
  const content = elements(item["content"]).map((part, at): Json => {
    const pieces = events.filter(
      (event) =>
        event["type"] === "response.output_text.delta" &&
        event["item_id"] === item["id"] &&
        event["content_index"] === at,
    );
    const logprobs = pieces.flatMap((event) => elements(event["logprobs"]));
    return isRecord(part) && logprobs.length > 0 ? { ...part, logprobs } : part;
  });
  return item["content"] === undefined ? item : { ...item, content };
}

/** What the SDK adds to items when it parses them. */
function withoutParsed(whole: Json): Json {
  if (!isRecord(whole)) return whole;
  const output = elements(whole["output"]).map((item): Json => {
    if (!isRecord(item)) return item;
    const bare = omit(item, "parsed_arguments");
    if (item["type"] !== "message") return bare;
    const content = elements(item["content"]).map((part) =>
      isRecord(part) ? omit(part, "parsed") : part,
    );
    return { ...bare, content };
  });
  return { ...omit(whole, "output_parsed", "output_text"), output };
}
