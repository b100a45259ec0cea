// One small call in the words of each protocol, and the words of its answer: what the demo sends and looks for.
import { asArray, asRecord, parseJson, type Json } from "../lib/json.ts";
import type { Framing } from "../protocols/protocol.ts";
import type { ProtocolName } from "../protocols/registry.ts";
import { splitter } from "../wire/split.ts";
import { decodeMessage } from "../wire/eventstream.ts";

/** A call ready to be sent. */
export type SampleCall = { readonly path: string; readonly body: Json };

/** What the call says. */
export type SampleWords = {
  readonly model: string;
  readonly words: string;
  readonly stream: boolean;
};

/** A call in the words of each protocol. */
export const SAMPLE_CALLS = {
  openai: ({ model, words, stream }) => ({
    path: "/v1/chat/completions",
    body: { model, messages: [{ role: "user", content: words }], stream },
  }),
  responses: ({ model, words, stream }) => ({
    path: "/v1/responses",
    body: { model, input: words, stream },
  }),
  anthropic: ({ model, words, stream }) => ({
    path: "/v1/messages",
    body: { model, max_tokens: 256, messages: [{ role: "user", content: words }], stream },
  }),
  gemini: ({ model, words, stream }) => ({
    path: `/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
    body: { contents: [{ role: "user", parts: [{ text: words }] }] },
  }),
  bedrock: ({ model, words, stream }) => ({
    path: `/model/${model}/${stream ? "converse-stream" : "converse"}`,
    body: { messages: [{ role: "user", content: [{ text: words }] }] },
  }),
  cohere: ({ model, words, stream }) => ({
    path: "/v2/chat",
    body: { model, messages: [{ role: "user", content: words }], stream },
  }),
} as const satisfies Record<ProtocolName, (words: SampleWords) => SampleCall>;

const FRAME_CAP = 1024 * 1024;

/** The generated text of a reply, whichever protocol wrote it; "" if it holds none. */
export function answerText(bytes: Uint8Array, contentType: string): string {
  if (contentType.startsWith("application/json")) return textIn(new TextDecoder().decode(bytes));
  const framing: Framing = contentType.startsWith("text/event-stream") ? "sse" : "eventstream";
  const pieces = splitter(framing, FRAME_CAP).push(bytes);
  if (!pieces.ok) return "";
  return pieces.value.frames.map((frame) => textIn(frameText(frame, framing))).join("");
}

function frameText(frame: Uint8Array, framing: Framing): string {
  if (framing === "sse") {
    const text = new TextDecoder().decode(frame);
    return /^data: ?(.*)$/m.exec(text)?.[1] ?? "";
  }
  const message = decodeMessage(frame);
  return message.ok ? new TextDecoder().decode(message.value.payload) : "";
}

function textIn(json: string): string {
  const document = parseJson(json);
  return document.ok ? collect(document.value.root) : "";
}

/** Members under which the six protocols keep generated text. */
const TEXT_MEMBERS: ReadonlySet<string> = new Set(["text", "content", "delta"]);

function collect(value: Json): string {
  const list = asArray(value);
  if (list !== undefined) return list.map(collect).join("");
  const record = asRecord(value);
  if (record === undefined) return "";
  return Object.entries(record)
    .map(([key, inner]) =>
      typeof inner === "string" && TEXT_MEMBERS.has(key) ? inner : collect(inner),
    )
    .join("");
}
