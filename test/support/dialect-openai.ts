// Chat Completions, as far as the tests look at it.
import { APIError } from "openai";
import type { Json } from "../../src/lib/json.ts";
import { elements, isRecord } from "./canon.ts";
import { canonOpenai } from "./canon-openai.ts";
import { assistantTurns, modelOf } from "./history.ts";
import { judgeOpenai } from "./judge-openai.ts";
import { typesIn } from "./content-types.ts";
import type { Dialect, Echo } from "./dialect.ts";

const echo: Echo = (reply) => {
  const [choice] = isRecord(reply) ? elements(reply["choices"]) : [];
  const message = isRecord(choice) ? (choice["message"] ?? { role: "assistant" }) : null;
  const calls = isRecord(message) ? elements(message["tool_calls"]) : [];
  const results = calls.map((call) => ({
    role: "tool",
    tool_call_id: isRecord(call) ? (call["id"] ?? null) : null,
    content: "done",
  }));
  return {
    model: modelOf(reply),
    messages: [
      { role: "user", content: "begin" },
      message,
      ...results,
      { role: "user", content: "go on" },
    ],
  };
};

/** The word with which a native reply says why it ended. */
function stopWord(reply: Json): Json | undefined {
  const [choice] = isRecord(reply) ? elements(reply["choices"]) : [];
  return isRecord(choice) ? choice["finish_reason"] : undefined;
}

/** What the tests know about the dialect. */
export const dialectOpenai: Dialect = {
  canon: canonOpenai,
  judge: judgeOpenai,
  echo,
  sdkError: APIError,
  // Translation.md B.13; where the table names several words, all of them.
  stops: {
    end: ["stop"],
    stop_sequence: ["stop"],
    length: ["length"],
    context_full: ["length"],
    tool_calls: ["tool_calls"],
    refusal: ["content_filter"],
    filtered: ["content_filter"],
    recitation: ["content_filter"],
    guardrail: ["content_filter"],
    malformed_call: ["stop"],
    pause: ["stop"],
    compaction: ["stop"],
    error: ["stop"],
    unknown: ["stop"],
  },
  stopWord,
  contentTypes: [
    "text",
    "image_url",
    "input_audio",
    "file",
    "refusal",
    "function",
    "custom",
    "explicit",
  ],
  contentTypesIn: (request) =>
    isRecord(request) ? [...typesIn(request["messages"]), ...typesIn(request["system"])] : [],
  assistantTurns,
  // The former name of the limit.
  traces: { R54: /^\/max_completion_tokens$/ },
  // Resellers' own breakpoints, with lifetimes and on tools, have no official place.
  unseen: ["R63t", "R63d"],
  messageIndex: /^\/messages\/(\d+)/,
};
