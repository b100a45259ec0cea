// Messages, as far as the tests look at it.
import { APIError } from "@anthropic-ai/sdk";
import type { Json } from "../../src/lib/json.ts";
import { elements, isRecord } from "./canon.ts";
import { canonAnthropic } from "./canon-anthropic.ts";
import { assistantTurns, modelOf } from "./history.ts";
import { judgeAnthropic } from "./judge-anthropic.ts";
import { typesIn } from "./content-types.ts";
import type { Dialect, Echo } from "./dialect.ts";

const echo: Echo = (reply) => {
  const content = isRecord(reply) ? elements(reply["content"]) : [];
  const results = content.flatMap((block): Json[] =>
    isRecord(block) && block["type"] === "tool_use"
      ? [{ type: "tool_result", tool_use_id: block["id"] ?? null, content: "done" }]
      : [],
  );
  return {
    model: modelOf(reply),
    max_tokens: 1000,
    messages: [
      { role: "user", content: "begin" },
      { role: "assistant", content },
      { role: "user", content: [...results, { type: "text", text: "go on" }] },
    ],
  };
};

/** The word with which a native reply says why it ended. */
function stopWord(reply: Json): Json | undefined {
  return isRecord(reply) ? reply["stop_reason"] : undefined;
}

/** What the tests know about the dialect. */
export const dialectAnthropic: Dialect = {
  canon: canonAnthropic,
  judge: judgeAnthropic,
  echo,
  sdkError: APIError,
  // Translation.md B.13; where the table names several words, all of them.
  stops: {
    end: ["end_turn"],
    stop_sequence: ["stop_sequence"],
    length: ["max_tokens"],
    context_full: ["model_context_window_exceeded"],
    tool_calls: ["tool_use"],
    refusal: ["refusal"],
    filtered: ["refusal"],
    recitation: ["refusal"],
    guardrail: ["refusal"],
    malformed_call: ["end_turn"],
    pause: ["pause_turn"],
    compaction: ["compaction", "end_turn"],
    error: ["end_turn"],
    unknown: ["end_turn"],
  },
  stopWord,
  contentTypes: [
    "text",
    "image",
    "document",
    "search_result",
    "tool_use",
    "tool_result",
    "thinking",
    "redacted_thinking",
    "ephemeral",
    // Kinds of sources.
    "base64",
    "url",
    "content",
  ],
  contentTypesIn: (request) =>
    isRecord(request) ? [...typesIn(request["messages"]), ...typesIn(request["system"])] : [],
  assistantTurns,
  // A budget is for models that take one.
  capabilities: (request) => {
    const thinking = isRecord(request) ? request["thinking"] : undefined;
    const budgeted = isRecord(thinking) && thinking["type"] === "enabled";
    return budgeted ? { reasoning: "budget" } : {};
  },
  traces: {
    // Thinking goes with the reasoning of a turn that called tools.
    B08: /^\/thinking$/,
    // A turn with calls that lost the proof of its reasoning cannot be gone on with while reasoning is on.
    R62: /^\/thinking$/,
    // What was written to the cache is part of the input elsewhere.
    S12b: /^\/usage\/input_tokens$/,
  },
  messageIndex: /^\/messages\/(\d+)/,
};
