// The provider's turns as bodies of replies, written as each vendor documents them.
import type { Json } from "../../src/lib/json.ts";
import type { ProtocolName } from "../../src/protocols/registry.ts";
import type { Called, Said } from "./script.ts";

type Writer = (said: Said) => Json;

/** A turn as the body of a reply, for each protocol. */
export const REPLIES: Readonly<Record<ProtocolName, Writer>> = {
  openai,
  responses,
  anthropic,
  gemini,
  bedrock,
  cohere,
};

const chatCall = ({ id, name, city }: Called) => ({
  id,
  type: "function",
  function: { name, arguments: JSON.stringify({ city }) },
});

function openai(said: Said): Json {
  const isOver = "words" in said;
  const message = isOver
    ? { role: "assistant", content: said.words, refusal: null }
    : {
        role: "assistant",
        content: null,
        refusal: null,
        reasoning_content: said.thought,
        tool_calls: said.calls.map(chatCall),
      };
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_700_000_000,
    model: "gpt-5.1",
    choices: [{ index: 0, message, finish_reason: isOver ? "stop" : "tool_calls", logprobs: null }],
    usage: { prompt_tokens: 9, completion_tokens: 9, total_tokens: 18 },
  };
}

function responses(said: Said): Json {
  const output: readonly Json[] =
    "words" in said
      ? [
          {
            id: "msg_1",
            type: "message",
            role: "assistant",
            status: "completed",
            content: [{ type: "output_text", text: said.words, annotations: [], logprobs: [] }],
          },
        ]
      : [
          {
            id: "rs_1",
            type: "reasoning",
            summary: [{ type: "summary_text", text: said.thought }],
            encrypted_content: said.proof,
          },
          ...said.calls.map(({ id, name, city }) => ({
            id: `fc_${id}`,
            type: "function_call",
            status: "completed",
            call_id: id,
            name,
            arguments: JSON.stringify({ city }),
          })),
        ];
  return {
    id: "resp_1",
    object: "response",
    created_at: 1_700_000_000,
    status: "completed",
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    model: "gpt-5.1",
    output: [...output],
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: "auto",
    tools: [],
    top_p: 1,
    usage: {
      input_tokens: 9,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 9,
      output_tokens_details: { reasoning_tokens: 3 },
      total_tokens: 18,
    },
  };
}

function anthropic(said: Said): Json {
  const content: readonly Json[] =
    "words" in said
      ? [{ type: "text", text: said.words }]
      : [
          { type: "thinking", thinking: said.thought, signature: said.proof },
          ...said.calls.map(({ id, name, city }) => ({
            type: "tool_use",
            id,
            name,
            input: { city },
          })),
        ];
  return {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude-sonnet-4-5",
    content: [...content],
    stop_reason: "words" in said ? "end_turn" : "tool_use",
    stop_sequence: null,
    usage: { input_tokens: 9, output_tokens: 9 },
  };
}

function gemini(said: Said): Json {
  const parts: readonly Json[] =
    "words" in said
      ? [{ text: said.words }]
      : [
          { text: said.thought, thought: true },
          // The first of several calls carries the signature of them all.
          ...said.calls.map(({ id, name, city }, index) => ({
            functionCall: { id, name, args: { city } },
            ...(index === 0 ? { thoughtSignature: said.proof } : {}),
          })),
        ];
  return {
    candidates: [{ content: { role: "model", parts: [...parts] }, finishReason: "STOP", index: 0 }],
    usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 9, totalTokenCount: 18 },
    modelVersion: "gemini-3-pro-preview",
    responseId: "r1",
  };
}

function bedrock(said: Said): Json {
  const content: readonly Json[] =
    "words" in said
      ? [{ text: said.words }]
      : [
          { reasoningContent: { reasoningText: { text: said.thought, signature: said.proof } } },
          ...said.calls.map(({ id, name, city }) => ({
            toolUse: { toolUseId: id, name, input: { city } },
          })),
        ];
  return {
    output: { message: { role: "assistant", content: [...content] } },
    stopReason: "words" in said ? "end_turn" : "tool_use",
    usage: { inputTokens: 9, outputTokens: 9, totalTokens: 18 },
    metrics: { latencyMs: 1 },
  };
}

function cohere(said: Said): Json {
  const isOver = "words" in said;
  const message = isOver
    ? { role: "assistant", content: [{ type: "text", text: said.words }] }
    : {
        role: "assistant",
        content: [{ type: "thinking", thinking: said.thought }],
        tool_calls: said.calls.map(chatCall),
      };
  return {
    id: "c14c80c3-18eb-4519-9460-6c92edd8cfb4",
    finish_reason: isOver ? "COMPLETE" : "TOOL_CALL",
    message,
    usage: {
      billed_units: { input_tokens: 9, output_tokens: 9 },
      tokens: { input_tokens: 9, output_tokens: 9 },
    },
  };
}
