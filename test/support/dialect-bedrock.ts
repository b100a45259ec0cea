// Converse, as far as the tests look at it.
import { BedrockRuntimeServiceException } from "@aws-sdk/client-bedrock-runtime";
import type { Json } from "../../src/lib/json.ts";
import { elements, isRecord } from "./canon.ts";
import { canonBedrock } from "./canon-bedrock.ts";
import type { Dialect, Echo } from "./dialect.ts";
import { judgeBedrock } from "./judge-bedrock.ts";

function messageOf(reply: Json): Json {
  const output = isRecord(reply) ? reply["output"] : undefined;
  const message = isRecord(output) ? output["message"] : undefined;
  return message ?? { role: "assistant", content: [] };
}

const echo: Echo = (reply) => {
  const message = messageOf(reply);
  const content = isRecord(message) ? elements(message["content"]) : [];
  const results = content.flatMap((block): Json[] => {
    const use = isRecord(block) ? block["toolUse"] : undefined;
    if (!isRecord(use)) return [];
    return [{ toolResult: { toolUseId: use["toolUseId"] ?? null, content: [{ text: "done" }] } }];
  });
  return {
    messages: [
      { role: "user", content: [{ text: "begin" }] },
      message,
      { role: "user", content: [...results, { text: "go on" }] },
    ],
  };
};

/** What the tests know about the dialect. */
export const dialectBedrock: Dialect = {
  canon: canonBedrock,
  judge: judgeBedrock,
  echo,
  // The models that sign their reasoning are Claude.
  vendor: "anthropic",
  sdkError: BedrockRuntimeServiceException,
  // Translation.md B.13; where the table names several words, all of them.
  stops: {
    end: ["end_turn"],
    stop_sequence: ["stop_sequence"],
    length: ["max_tokens"],
    context_full: ["model_context_window_exceeded"],
    tool_calls: ["tool_use"],
    refusal: ["content_filtered"],
    filtered: ["content_filtered"],
    recitation: ["content_filtered"],
    guardrail: ["guardrail_intervened"],
    malformed_call: ["malformed_tool_use", "malformed_model_output"],
    pause: ["end_turn"],
    compaction: ["end_turn"],
    error: ["end_turn"],
    unknown: ["end_turn"],
  },
  stopWord: (reply) => (isRecord(reply) ? reply["stopReason"] : undefined),
  contentTypes: [
    "text",
    "image",
    "audio",
    "video",
    "document",
    "toolUse",
    "toolResult",
    "reasoningContent",
    "citationsContent",
    "searchResult",
    "json",
    "cachePoint",
    "guardContent",
  ],
  contentTypesIn: (request) => {
    const messages = isRecord(request) ? elements(request["messages"]) : [];
    const system = isRecord(request) ? elements(request["system"]) : [];
    const contents = messages.flatMap((message) =>
      isRecord(message) ? elements(message["content"]) : [],
    );
    return [...system, ...contents].flatMap(keysOf);
  },
  assistantTurns: (request) => {
    const messages = isRecord(request) ? elements(request["messages"]) : [];
    return messages.filter(
      (message) => isRecord(message) && message["role"] === "assistant" && !isFiller(message),
    );
  },
  messageIndex: /^\/messages\/(\d+)/,
  traces: {
    // The protocol's word for what a family says in its own members.
    R57: /^\/(?:outputConfig|additionalModelRequestFields)(?:\/|$)/,
    R58: /^\/(?:outputConfig|additionalModelRequestFields)(?:\/|$)/,
    R59: /^\/additionalModelRequestFields(?:\/|$)/,
    // What was marked for a guardrail becomes content like any other.
    B05: /^\/(?:system|messages\/\d+\/content)\/\d+\/(?:text|image)(?:\/|$)/,
    // A schema becomes an instruction, or a tool that must be called.
    R43: /^\/(?:outputConfig|toolConfig|system)(?:\/|$)/,
    // What was written to the cache is part of the input elsewhere.
    S12b: /^\/usage\/inputTokens$/,
    // What may be called is all that is offered.
    R30b: /^\/toolConfig(?:\/|$)/,
    R30c: /^\/toolConfig(?:\/|$)/,
    R31: /^\/toolConfig(?:\/|$)/,
  },
  // A budget is for models that take one.
  capabilities: (request) => {
    const family = isRecord(request) ? request["additionalModelRequestFields"] : undefined;
    const thinking = isRecord(family) ? family["thinking"] : undefined;
    const budgeted = isRecord(thinking) && thinking["type"] === "enabled";
    return budgeted ? { reasoning: "budget" } : {};
  },
};

function isFiller(message: Json): boolean {
  const [part, ...others] = isRecord(message) ? elements(message["content"]) : [];
  return part === undefined || (others.length === 0 && isRecord(part) && part["text"] === ".");
}

/** What a block is, and what the parts of a result are. */
function keysOf(block: Json): readonly string[] {
  if (!isRecord(block)) return [];
  const result = block["toolResult"];
  const inner = isRecord(result) ? elements(result["content"]).flatMap(keysOf) : [];
  return [...Object.keys(block), ...inner];
}
