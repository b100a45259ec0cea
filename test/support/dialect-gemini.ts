// generateContent, as far as the tests look at it.
import { ApiError } from "@google/genai";
import type { Json } from "../../src/lib/json.ts";
import { elements, isRecord } from "./canon.ts";
import { canonGemini } from "./canon-gemini.ts";
import type { Dialect, Echo } from "./dialect.ts";
import { foldChunks } from "./fold-gemini.ts";
import { judgeGemini } from "./judge-gemini.ts";

function contentOf(reply: Json): Json {
  const [candidate] = isRecord(reply) ? elements(reply["candidates"]) : [];
  const content = isRecord(candidate) ? candidate["content"] : undefined;
  const parts = isRecord(content) ? elements(content["parts"]) : [];
  return { role: "model", parts };
}

const echo: Echo = (reply) => {
  const content = contentOf(Array.isArray(reply) ? foldChunks(reply) : reply);
  const parts = isRecord(content) ? elements(content["parts"]) : [];
  const results = parts.flatMap((part): Json[] => {
    const call = isRecord(part) ? part["functionCall"] : undefined;
    if (!isRecord(call)) return [];
    const { args: _args, ...head } = call;
    return [{ functionResponse: { ...head, response: { output: "done" } } }];
  });
  return {
    contents: [
      { role: "user", parts: [{ text: "begin" }] },
      content,
      ...(results.length === 0 ? [] : [{ role: "user", parts: results }]),
      { role: "user", parts: [{ text: "go on" }] },
    ],
  };
};

/** What the tests know about the dialect. */
export const dialectGemini: Dialect = {
  canon: canonGemini,
  judge: judgeGemini,
  echo,
  vendor: "google",
  sdkError: ApiError,
  // Translation.md B.13; where the table names several words, all of them.
  stops: {
    end: ["STOP"],
    stop_sequence: ["STOP"],
    length: ["MAX_TOKENS"],
    context_full: ["MAX_TOKENS"],
    tool_calls: ["STOP"],
    refusal: ["SAFETY"],
    filtered: [
      "SAFETY",
      "PROHIBITED_CONTENT",
      "BLOCKLIST",
      "SPII",
      "LANGUAGE",
      "IMAGE_SAFETY",
      "IMAGE_PROHIBITED_CONTENT",
      "IMAGE_OTHER",
      "NO_IMAGE",
    ],
    recitation: ["RECITATION", "IMAGE_RECITATION"],
    guardrail: ["SAFETY"],
    malformed_call: ["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS"],
    pause: ["CONTINUATION"],
    compaction: ["STOP"],
    error: ["OTHER"],
    unknown: ["OTHER"],
  },
  stopWord: (reply) => {
    const [candidate] = isRecord(reply) ? elements(reply["candidates"]) : [];
    return isRecord(candidate) ? candidate["finishReason"] : undefined;
  },
  contentTypes: [
    "text",
    "inlineData",
    "fileData",
    "functionCall",
    "functionResponse",
    "executableCode",
    "codeExecutionResult",
    "toolCall",
    "toolResponse",
    "thought",
    "thoughtSignature",
  ],
  contentTypesIn: (request) => {
    const contents = isRecord(request) ? elements(request["contents"]) : [];
    return contents.flatMap((content) =>
      isRecord(content) ? elements(content["parts"]).flatMap(keysOf) : [],
    );
  },
  assistantTurns: (request) => {
    const contents = isRecord(request) ? elements(request["contents"]) : [];
    return contents.filter((content) => isRecord(content) && content["role"] === "model");
  },
  // Text files come back as bytes, whatever form they had in between.
  unseen: ["R12"],
  messageIndex: /^\/contents\/(\d+)/,
  traces: {
    // One wish in two members.
    R43: /^\/(?:generationConfig|systemInstruction|toolConfig|tools)(?:\/|$)/,
    R42: /^\/(?:generationConfig\/responseMimeType|systemInstruction)(?:\/|$)/,
    R56: /^\/generationConfig\/(?:logprobs|responseLogprobs)$/,
    // A level, a budget and the switch are members of one object.
    R57: /^\/generationConfig\/thinkingConfig(?:\/|$)/,
    R58: /^\/generationConfig\/thinkingConfig(?:\/|$)/,
    R59: /^\/generationConfig\/thinkingConfig(?:\/|$)/,
    // Strict schemas are a mode of calling.
    R21: /^\/toolConfig(?:\/|$)/,
    R24: /^\/toolConfig(?:\/|$)/,
    // What may be called is all that is offered.
    R30a: /^\/(?:toolConfig|tools|systemInstruction)(?:\/|$)/,
    R30b: /^\/toolConfig(?:\/|$)/,
    R30c: /^\/(?:toolConfig|tools)(?:\/|$)/,
    R31: /^\/(?:toolConfig|tools)(?:\/|$)/,
    // Without functions there is no choice among them.
    R25: /^\/(?:toolConfig|tools)(?:\/|$)/,
    // Thoughts are parts of the content whose signature is lost.
    R40: /\/function(?:Call|Response)\/id$/,
    // A prompt that was blocked is an answer that was refused elsewhere.
    S13: /^\/(?:candidates|promptFeedback)(?:\/|$)/,
    // Tokens that tools read are part of the prompt elsewhere.
    S12f: /^\/usageMetadata\//,
    S12d: /^\/usageMetadata\//,
    S12e: /^\/usageMetadata\//,
    S15: /^\/usageMetadata\/serviceTier$/,
    // A signature ends its part; without it a text goes on.
    S18: /^\/candidates\/\d+\/content\/parts(?:\/|$)/,
    S05: /^\/candidates\/\d+\/content(?:\/|$)/,
    S06: /^\/candidates\/\d+\/content(?:\/|$)/,
    S07a: /^\/candidates\/\d+\/groundingMetadata(?:\/|$)/,
    S07b: /^\/candidates\/\d+\/groundingMetadata(?:\/|$)/,
  },
  // A level is for models that take one; the others get a budget.
  capabilities: (request) => {
    const config = isRecord(request)
      ? (request["generationConfig"] ?? request["generation_config"])
      : undefined;
    const text = JSON.stringify(config ?? null);
    return { reasoning: /"thinking_?[lL]evel"/.test(text) ? "effort" : "budget" };
  },
};

/** What a part is, and what the parts of a result are. */
function keysOf(part: Json): readonly string[] {
  if (!isRecord(part)) return [];
  const result = part["functionResponse"];
  const inner = isRecord(result) ? elements(result["parts"]).flatMap(keysOf) : [];
  return [...Object.keys(part), ...inner];
}
