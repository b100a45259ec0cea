// The `@aws-sdk/client-bedrock-runtime` package as judge of Converse. It has no accumulator: its events are joined here, as the
// API reference says that clients do.
import { Readable } from "node:stream";
import {
  BedrockRuntimeClient,
  BedrockRuntimeServiceException,
  ConverseCommand,
  ConverseStreamCommand,
  type ContentBlockDelta,
  type ConverseStreamOutput,
} from "@aws-sdk/client-bedrock-runtime";
import type { Json, JsonRecord } from "../../src/lib/json.ts";
import { compact, elements, isRecord } from "./canon.ts";
import { JSON_TYPE, type Judge } from "./sdk.ts";

function client(
  status: number,
  headers: Record<string, string>,
  body: string | Uint8Array,
): BedrockRuntimeClient {
  const answer = { statusCode: status, headers, body: Readable.from([Buffer.from(body)]) };
  return new BedrockRuntimeClient({
    region: "us-east-1",
    endpoint: "http://gateway.test",
    credentials: { accessKeyId: "a", secretAccessKey: "s" },
    maxAttempts: 1,
    requestHandler: { handle: () => Promise.resolve({ response: answer }) },
  });
}

const CALL = { modelId: "m", messages: [{ role: "user" as const, content: [{ text: "hi" }] }] };
const STREAM = { "content-type": "application/vnd.amazon.eventstream" };

/** Plain data of what the SDK returned: bytes as the wire has them, without what is about the transport. */
function plain(value: unknown): Json {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return JSON.parse(JSON.stringify(value ?? null));
  const entries = Object.entries(value).filter(
    ([key, inner]) => key !== "$metadata" && inner !== undefined,
  );
  return Object.fromEntries(entries.map(([key, inner]) => [key, plain(inner)]));
}

/** The SDK on `Converse` and `ConverseStream`. */
export const judgeBedrock: Judge = {
  accumulate: async (stream) => {
    const sdk = client(200, STREAM, stream);
    const { stream: events } = await sdk.send(new ConverseStreamCommand(CALL));
    const seen: ConverseStreamOutput[] = [];
    for await (const event of events ?? []) seen.push(event);
    return folded(seen);
  },
  reply: async (body) => plain(await client(200, JSON_TYPE, body).send(new ConverseCommand(CALL))),
  error: async (status, headers, body) => {
    try {
      await client(status, headers, body).send(new ConverseCommand(CALL));
      return undefined;
    } catch (error) {
      return error;
    }
  },
  status: (error) =>
    error instanceof BedrockRuntimeServiceException ? error.$metadata.httpStatusCode : undefined,
};

type Block = {
  text?: string;
  call?: { toolUseId: string; name: string; input: string };
  reasoning?: { text: string; signature?: string };
  hidden?: Uint8Array[];
  citations?: Json[];
  image?: Json;
};

/** The reply that the events come to. */
function folded(events: readonly ConverseStreamOutput[]): Json {
  const blocks = new Map<number, Block>();
  const at = (index: number | undefined): Block => {
    const known = blocks.get(index ?? 0) ?? {};
    blocks.set(index ?? 0, known);
    return known;
  };
  let rest: JsonRecord = {};
  for (const event of events) {
    const { contentBlockStart: start, contentBlockDelta: delta, messageStop, metadata } = event;
    const use = start?.start?.toolUse;
    if (use !== undefined) {
      const { toolUseId = "", name = "" } = use;
      at(start?.contentBlockIndex).call = { toolUseId, name, input: "" };
    }
    const image = start?.start?.image;
    if (image !== undefined) at(start?.contentBlockIndex).image = { format: image.format ?? null };
    if (delta?.delta !== undefined) take(at(delta.contentBlockIndex), delta.delta);
    if (messageStop !== undefined) rest = { ...rest, ...record(plain(messageStop)) };
    if (metadata !== undefined) rest = { ...rest, ...record(plain(metadata)) };
  }
  const content = [...blocks]
    .sort(([a], [b]) => a - b)
    .flatMap(([, block]) => (Object.keys(block).length === 0 ? [] : [blockOf(block)]));
  return { output: { message: { role: "assistant", content } }, ...rest };
}

function record(value: Json): JsonRecord {
  return isRecord(value) ? value : {};
}

function take(block: Block, delta: ContentBlockDelta): void {
  if (delta.text !== undefined) block.text = (block.text ?? "") + delta.text;
  if (delta.toolUse !== undefined && block.call !== undefined)
    block.call.input += delta.toolUse.input ?? "";
  if (delta.citation !== undefined) (block.citations ??= []).push(plain(delta.citation));
  if (delta.image !== undefined)
    block.image = { ...record(block.image ?? null), source: plain(delta.image.source) };
  const reasoning = delta.reasoningContent;
  if (reasoning?.redactedContent !== undefined)
    (block.hidden ??= []).push(reasoning.redactedContent);
  else if (reasoning !== undefined) {
    block.reasoning ??= { text: "" };
    block.reasoning.text += reasoning.text ?? "";
    if (reasoning.signature !== undefined) block.reasoning.signature = reasoning.signature;
  }
}

/** Arguments that were cut short are kept as text, as in a whole reply. */
function parsed(input: string): Json {
  try {
    return input.trim() === "" ? {} : JSON.parse(input);
  } catch {
    return { __raw: input };
  }
}

function blockOf({ text, call, reasoning, hidden, citations, image }: Block): Json {
  if (call !== undefined) {
    const { input, ...named } = call;
    return { toolUse: { ...named, input: parsed(input) } };
  }
  if (hidden !== undefined)
    return { reasoningContent: { redactedContent: Buffer.concat(hidden).toString("base64") } };
  if (reasoning !== undefined) return { reasoningContent: { reasoningText: compact(reasoning) } };
  if (image !== undefined) return { image };
  if (citations !== undefined) {
    const content = text === undefined ? [] : [{ text }];
    return { citationsContent: { content, citations: elements(citations) } };
  }
  return { text: text ?? "" };
}
