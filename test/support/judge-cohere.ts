// The `cohere-ai` package as judge of v2 chat. It has no accumulator: its events are joined here, as the streaming guide says
// that clients do.
import { CohereClientV2, CohereError, type Cohere } from "cohere-ai";
import type { Json, JsonRecord } from "../../src/lib/json.ts";
import { compact, isRecord, unless } from "./canon.ts";
import { answering, JSON_TYPE, plain, SSE, type Judge } from "./sdk.ts";

function client(
  status: number,
  headers: Record<string, string>,
  body: string | Uint8Array,
): CohereClientV2 {
  const fetch = answering(status, headers, body);
  return new CohereClientV2({
    token: "t",
    environment: "http://gateway.test",
    maxRetries: 0,
    fetch,
  });
}

const CALL = { model: "m", messages: [{ role: "user" as const, content: "hi" }] };

/** Members whose value is the caller's, or any object. */
const FREE: ReadonlySet<string> = new Set(["toolOutput", "document"]);

/** The SDK has its own spelling of members. */
function wire(value: Json): Json {
  if (Array.isArray(value)) return value.map(wire);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      FREE.has(key) ? inner : wire(inner),
    ]),
  );
}

/** The SDK on `v2.chat` and `v2.chatStream`. */
export const judgeCohere: Judge = {
  accumulate: async (stream) => {
    const events = await client(200, SSE, stream).chatStream(CALL);
    const seen: Cohere.V2ChatStreamResponse[] = [];
    for await (const event of events) seen.push(event);
    return folded(seen.map((event) => wire(plain(event))).filter(isRecord));
  },
  reply: async (body) => wire(plain(await client(200, JSON_TYPE, body).chat(CALL))),
  error: async (status, headers, body) => {
    try {
      await client(status, headers, body).chat(CALL);
      return undefined;
    } catch (error) {
      return error;
    }
  },
  status: (error) => (error instanceof CohereError ? error.statusCode : undefined),
};

type Call = { id: Json; type: Json; function: { name: Json; arguments: string } };

type Parts = {
  readonly content: JsonRecord[];
  readonly calls: Call[];
  readonly citations: Json[];
  readonly logprobs: Json[];
  plan: string;
};

/** The reply that the events come to. A client takes one that ends with an error's words for a failure. */
function folded(events: readonly JsonRecord[]): Json {
  const parts: Parts = { content: [], calls: [], citations: [], logprobs: [], plan: "" };
  let id: Json = null;
  let end: JsonRecord | undefined;
  for (const event of events) {
    const delta = recordIn(event, "delta");
    if (event["type"] === "message-start") id = event["id"] ?? null;
    else if (event["type"] === "message-end") end = delta;
    else take(parts, event, recordIn(delta, "message"));
  }
  if (end === undefined) throw new Error("the stream has no message-end");
  if (typeof end["error"] === "string") throw new Error(end["error"]);
  const message = {
    role: "assistant",
    content: unless(parts.content),
    tool_plan: unless(parts.plan, ""),
    tool_calls: unless(parts.calls),
    citations: unless(parts.citations),
  };
  return compact({ id, ...end, message: compact(message), logprobs: unless(parts.logprobs) });
}

function recordIn(record: JsonRecord, key: string): JsonRecord {
  const inner = record[key];
  return isRecord(inner) ? inner : {};
}

function take(parts: Parts, event: JsonRecord, message: JsonRecord): void {
  const content = recordIn(message, "content");
  const call = recordIn(message, "tool_calls");
  const called = recordIn(call, "function");
  switch (textIn(event, "type")) {
    case "tool-plan-delta":
      parts.plan += textIn(message, "tool_plan");
      return;
    case "content-start":
      parts.content[Number(event["index"])] = content;
      return;
    case "content-delta":
      return takeContent(parts, event, content);
    case "tool-call-start":
      parts.calls[Number(event["index"])] = {
        id: call["id"] ?? null,
        type: call["type"] ?? null,
        function: { name: called["name"] ?? null, arguments: textIn(called, "arguments") },
      };
      return;
    case "tool-call-delta": {
      const open = parts.calls[Number(event["index"])];
      if (open !== undefined) open.function.arguments += textIn(called, "arguments");
      return;
    }
    case "citation-start":
      parts.citations.push(message["citations"] ?? null);
      return;
    default:
      return;
  }
}

function takeContent(parts: Parts, event: JsonRecord, content: JsonRecord): void {
  const index = Number(event["index"]);
  const open = parts.content[index] ?? {};
  const pieces = Object.keys(content)
    .filter((key) => key !== "type")
    .map((key) => [key, textIn(open, key) + textIn(content, key)]);
  parts.content[index] = { ...open, ...Object.fromEntries(pieces) };
  if (event["logprobs"] !== undefined) parts.logprobs.push(event["logprobs"]);
}

function textIn(record: JsonRecord, key: string): string {
  const value = record[key];
  return typeof value === "string" ? value : "";
}
