// Responses, as far as the tests look at it.
import { APIError } from "openai";
import type { Json, JsonRecord } from "../../src/lib/json.ts";
import { compact, elements, isRecord, omit, words } from "./canon.ts";
import { reply, replyOrigin } from "./canon-responses-reply.ts";
import { origin, request, withoutDemanded } from "./canon-responses-request.ts";
import { typesIn } from "./content-types.ts";
import type { Dialect, Echo } from "./dialect.ts";
import { modelOf } from "./history.ts";
import { judgeResponses } from "./judge-responses.ts";

const OUTPUTS: Readonly<Record<string, string>> = {
  function_call: "function_call_output",
  custom_tool_call: "custom_tool_call_output",
};

const echo: Echo = (given) => {
  const output = isRecord(given) ? elements(given["output"]) : [];
  const results = output.flatMap((item): Json[] => {
    const type = isRecord(item) ? OUTPUTS[words(item["type"])] : undefined;
    if (!isRecord(item) || type === undefined) return [];
    return [{ type, call_id: item["call_id"] ?? null, output: "done" }];
  });
  return {
    model: modelOf(given),
    input: [
      { role: "user", content: "begin" },
      ...output,
      ...results,
      { role: "user", content: "go on" },
    ],
  };
};

/** The word with which a native reply says why it ended. */
function stopWord(given: Json): Json | undefined {
  if (!isRecord(given)) return undefined;
  const details = given["incomplete_details"];
  return isRecord(details) ? details["reason"] : given["status"];
}

/** What the assistant said, thought and called; reasoning without a proof is not sent back (B.7). */
function assistantTurns(body: Json): readonly Json[] {
  const items = isRecord(body) ? elements(body["input"]) : [];
  const own = items.filter(isAssistants);
  return own
    .filter((item, at) => item["type"] !== "reasoning" || leadsOn(own.slice(at + 1)))
    .map(withoutCitations)
    .map(withOneText);
}

function isAssistants(item: Json): item is JsonRecord {
  if (!isRecord(item)) return false;
  const type = item["type"] ?? "message";
  if (type === "message") return item["role"] === "assistant" && saysSomething(item);
  if (type === "reasoning") return item["encrypted_content"] !== undefined;
  return !words(type).endsWith("_output");
}

function saysSomething(message: JsonRecord): boolean {
  return elements(message["content"]).some((part) => isRecord(part) && part["text"] !== "");
}

/** Reasoning without the item that it led to makes a request invalid (E182); hosted items do not survive elsewhere. */
function leadsOn(rest: readonly JsonRecord[]): boolean {
  return rest.some(({ type }) => type === undefined || PORTABLE.includes(type));
}

const PORTABLE: readonly Json[] = ["function_call", "custom_tool_call"];

/** The encrypted form is what counts; in how many paragraphs its summary stands says nothing to the model. */
function withOneText(item: Json): Json {
  if (!isRecord(item) || item["type"] !== "reasoning") return item;
  const texts = [...elements(item["summary"]), ...elements(item["content"])].map((part) =>
    isRecord(part) ? words(part["text"]) : "",
  );
  return { ...omit(item, "summary", "content"), text: texts.join("\n\n") };
}

/** What is cited is not what the model reads, but it cuts the text into pieces. */
function withoutCitations(item: JsonRecord): Json {
  if (item["type"] !== undefined) return item;
  const joined: Json[] = [];
  for (const part of elements(item["content"])) {
    const last = joined.at(-1);
    const bare = isRecord(part) ? omit(part, "annotations") : part;
    if (isText(last) && isText(bare)) {
      joined[joined.length - 1] = { ...last, text: last.text + bare.text };
    } else joined.push(bare);
  }
  return compact({ ...item, content: joined });
}

function isText(part: Json | undefined): part is JsonRecord & { readonly text: string } {
  return isRecord(part) && part["type"] === "input_text" && typeof part["text"] === "string";
}

/** What the tests know about the dialect. */
export const dialectResponses: Dialect = {
  canon: { request, origin, reply, replyOrigin, withoutDemanded },
  vendor: "openai",
  judge: judgeResponses,
  echo,
  sdkError: APIError,
  // Translation.md B.13; where the table names several words, all of them.
  stops: {
    end: ["completed"],
    stop_sequence: ["completed"],
    length: ["max_output_tokens"],
    context_full: ["max_output_tokens"],
    tool_calls: ["completed"],
    refusal: ["content_filter", "completed"],
    filtered: ["content_filter"],
    recitation: ["content_filter"],
    guardrail: ["content_filter"],
    malformed_call: ["completed", "failed"],
    pause: ["completed"],
    compaction: ["completed"],
    error: ["failed"],
    unknown: ["completed"],
  },
  stopWord,
  contentTypes: [
    "input_text",
    "input_image",
    "input_file",
    "output_text",
    "refusal",
    "message",
    "reasoning",
    "summary_text",
    "reasoning_text",
    "function_call",
    "function_call_output",
    "custom_tool_call",
    "custom_tool_call_output",
    "explicit",
  ],
  contentTypesIn: (body) => (isRecord(body) ? typesIn(body["input"]) : []),
  assistantTurns,
  traces: {
    // The shape of the answer becomes an instruction at the top, or a tool that must be called.
    R42: /^\/(?:instructions|input(?:\/0)?)(?:\/content|$)/,
    R43: /^\/(?:instructions|input(?:\/0)?|text|tools|tool_choice|parallel_tool_calls)(?:\/|$)/,
    // A developer's word becomes the system's and joins what stands beside it.
    R02: /^\/(?:instructions|input\/\d+)(?:\/|$)/,
    // One wish in two members.
    R56: /^\/include(?:\/|$)/,
    // A refusal becomes ordinary text, of a reply that stopped as refused.
    S02: /^\/(?:input\/\d+\/content\/\d+$|(?:status|incomplete_details|output\/\d+)(?:\/|$))/,
    // A result without its call becomes words of the user's.
    R40: /^\/input\/\d+(?:\/|$)/,
    // Groups of tools are taken apart.
    R33: /^\/(?:tools|tool_choice|parallel_tool_calls)(?:\/|$)/,
    // Without a tool there is neither choice nor number of calls; another vendor's tool comes back as another one.
    R19: /^\/(?:tool_choice|parallel_tool_calls)(?:\/|$)/,
    R25: /^\/(?:tools|tool_choice|parallel_tool_calls)(?:\/|$)/,
    R26: /^\/(?:tools|tool_choice|parallel_tool_calls)(?:\/|$)/,
    R28: /^\/(?:tool_choice|parallel_tool_calls)(?:\/|$)/,
    R29: /^\/(?:tool_choice|tools|parallel_tool_calls)(?:\/|$)/,
    R34: /^\/(?:tool_choice|parallel_tool_calls)(?:\/|$)/,
    B04: /^\/(?:tool_choice|parallel_tool_calls)(?:\/|$)/,
    // Messages that only their phases keep apart become one.
    R79: /^\/output\/\d+(?:\/|$)/,
  },
  messageIndex: /^\/input\/(\d+)/,
};
