// V2 chat, as far as the tests look at it.
import { CohereError } from "cohere-ai";
import type { Json } from "../../src/lib/json.ts";
import { elements, isRecord } from "./canon.ts";
import { canonCohere } from "./canon-cohere.ts";
import { typesIn } from "./content-types.ts";
import type { Dialect, Echo } from "./dialect.ts";
import { assistantTurns } from "./history.ts";
import { judgeCohere } from "./judge-cohere.ts";

function messageOf(reply: Json): Json {
  const message = isRecord(reply) ? reply["message"] : undefined;
  return message ?? { role: "assistant" };
}

const echo: Echo = (reply) => {
  const message = messageOf(reply);
  const calls = isRecord(message) ? elements(message["tool_calls"]) : [];
  const results = calls.map((call) => ({
    role: "tool",
    tool_call_id: isRecord(call) ? (call["id"] ?? null) : null,
    content: "done",
  }));
  return {
    model: "model",
    messages: [
      { role: "user", content: "begin" },
      message,
      ...results,
      { role: "user", content: "go on" },
    ],
  };
};

/** What the tests know about the dialect. */
export const dialectCohere: Dialect = {
  canon: canonCohere,
  judge: judgeCohere,
  echo,
  sdkError: CohereError,
  // Translation.md B.13; where the table names several words, all of them.
  stops: {
    end: ["COMPLETE"],
    stop_sequence: ["STOP_SEQUENCE"],
    length: ["MAX_TOKENS"],
    context_full: ["MAX_TOKENS"],
    tool_calls: ["TOOL_CALL"],
    refusal: ["COMPLETE", "ERROR"],
    filtered: ["ERROR"],
    recitation: ["ERROR"],
    guardrail: ["ERROR"],
    malformed_call: ["ERROR"],
    pause: ["COMPLETE"],
    compaction: ["COMPLETE"],
    error: ["ERROR", "TIMEOUT"],
    unknown: ["COMPLETE"],
  },
  stopWord: (reply) => (isRecord(reply) ? reply["finish_reason"] : undefined),
  contentTypes: ["text", "image_url", "document", "thinking", "function"],
  contentTypesIn: (request) => (isRecord(request) ? typesIn(request["messages"]) : []),
  assistantTurns,
  traces: {
    // The switch is one for all tools.
    R21: /^\/strict_tools$/,
    // Where there is no place for a document's id, it becomes its title.
    R00: /^\/documents\/\d+\/data\/title$/,
    // What may be cited is text to other dialects, or stands elsewhere in the question.
    // The name of a document is lost where the question is in which it stands elsewhere.
    R12: /^\/documents\//,
    R14: /^\/(?:documents|messages|citation_options)(?:\/|$)/,
    // Data that a tool returned becomes its text.
    R36: /^\/messages\/\d+\/content\/\d+(?:\/text)?$/,
    // A plan is words like any other elsewhere.
    S20: /^\/message\/content(?:\/\d+)?$/,
    // Citations elsewhere cut the text into pieces, and name documents by their number.
    S07b: /^\/message\/(?:content|citations)(?:\/|$)/,
    // Tools that another service demands for the calls of the history leave no form for the answer.
    R20: /^\/response_format(?:\/|$)/,
    R57: /^\/thinking(?:\/|$)/,
    R58: /^\/thinking(?:\/|$)/,
  },
  messageIndex: /^\/messages\/(\d+)/,
};
