// Agents on Anthropic's SDK and on AWS' for Bedrock Converse.
import Anthropic from "@anthropic-ai/sdk";
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  type ContentBlock,
  type ConverseStreamOutput,
  type Message,
  type ToolConfiguration,
  type ToolResultContentBlock,
} from "@aws-sdk/client-bedrock-runtime";
import { ENDLESS, MAX_TURNS, type Agent } from "./agent.ts";
import { answerOf, PARAMETERS, TOOLS } from "./script.ts";

const THINKING = { type: "enabled" as const, budget_tokens: 1024 };

/** Messages. */
export const messagesAgent: Agent = async ({ url, model, question, stream, keeps }) => {
  const client = new Anthropic({ apiKey: "k", baseURL: url, maxRetries: 0 });
  const messages: Anthropic.MessageParam[] = [{ role: "user", content: question }];
  const tools = TOOLS.map((name) => ({ name, input_schema: PARAMETERS }));
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    const body = { model, max_tokens: 4096, messages, tools, thinking: THINKING };
    const { content } = stream
      ? await client.messages.stream(body).finalMessage()
      : await client.messages.create(body);
    const uses = content.filter((block) => block.type === "tool_use");
    if (uses.length === 0)
      return content.map((block) => (block.type === "text" ? block.text : "")).join("");
    const kept = keeps === "everything" ? content : uses;
    messages.push({ role: "assistant", content: kept });
    messages.push({ role: "user", content: uses.map(resultOf) });
  }
  return ENDLESS;
};

function resultOf({ id, name, input }: Anthropic.ToolUseBlock): Anthropic.ToolResultBlockParam {
  const { text, image } = answerOf(name, String((input as { readonly city?: unknown }).city));
  const source = { type: "base64" as const, media_type: "image/png" as const, data: image ?? "" };
  const picture = image === undefined ? [] : [{ type: "image" as const, source }];
  return {
    type: "tool_result",
    tool_use_id: id,
    content: [{ type: "text", text }, ...picture],
  };
}

/** Converse. */
export const converseAgent: Agent = async ({ url, model, question, stream, keeps }) => {
  const client = new BedrockRuntimeClient({
    endpoint: url,
    region: "us-east-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    maxAttempts: 1,
  });
  const messages: Message[] = [{ role: "user", content: [{ text: question }] }];
  const toolConfig: ToolConfiguration = {
    tools: TOOLS.map((name) => ({ toolSpec: { name, inputSchema: { json: PARAMETERS } } })),
  };
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    const additionalModelRequestFields = { thinking: THINKING };
    const input = { modelId: model, messages, toolConfig, additionalModelRequestFields };
    const content = stream
      ? joined(
          await Array.fromAsync((await client.send(new ConverseStreamCommand(input))).stream ?? []),
        )
      : ((await client.send(new ConverseCommand(input))).output?.message?.content ?? []);
    const uses = content.flatMap(({ toolUse }) => (toolUse === undefined ? [] : [toolUse]));
    if (uses.length === 0) return content.map(({ text }) => text ?? "").join("");
    const kept = keeps === "everything" ? content : content.filter(({ toolUse }) => toolUse);
    messages.push({ role: "assistant", content: kept });
    const results = uses.map(({ toolUseId, name = "", input: given }): ContentBlock => {
      const { text, image } = answerOf(name, String((given as { readonly city?: unknown }).city));
      const bytes = new Uint8Array(Buffer.from(image ?? "", "base64"));
      const picture: ToolResultContentBlock[] =
        image === undefined ? [] : [{ image: { format: "png", source: { bytes } } }];
      return { toolResult: { toolUseId, content: [{ text }, ...picture] } };
    });
    messages.push({ role: "user", content: results });
  }
  return ENDLESS;
};

type Piece = { text: string; signature: string; redacted: Uint8Array[]; json: string };

/** This SDK has no accumulator: blocks are joined by their number, as its documentation shows. */
function joined(events: readonly ConverseStreamOutput[]): ContentBlock[] {
  const starts = new Map<number, { readonly toolUseId?: string; readonly name?: string }>();
  const pieces = new Map<number, Piece>();
  const kinds = new Map<number, "text" | "thought" | "use">();
  for (const { contentBlockStart: start, contentBlockDelta: event } of events) {
    const use = start?.start?.toolUse;
    if (use !== undefined) {
      starts.set(start?.contentBlockIndex ?? 0, {
        toolUseId: use.toolUseId ?? "",
        name: use.name ?? "",
      });
      kinds.set(start?.contentBlockIndex ?? 0, "use");
    }
    if (event?.delta === undefined) continue;
    const index = event.contentBlockIndex ?? 0;
    const piece = pieces.get(index) ?? { text: "", signature: "", redacted: [], json: "" };
    pieces.set(index, piece);
    const { text, reasoningContent: thought, toolUse } = event.delta;
    if (!kinds.has(index)) kinds.set(index, thought === undefined ? "text" : "thought");
    piece.text += text ?? thought?.text ?? "";
    piece.signature += thought?.signature ?? "";
    piece.json += toolUse?.input ?? "";
  }
  return [...kinds].flatMap(([index, kind]): ContentBlock[] => {
    const { text = "", signature = "", json = "" } = pieces.get(index) ?? {};
    if (kind === "text") return [{ text }];
    if (kind === "thought") return [{ reasoningContent: { reasoningText: { text, signature } } }];
    const { toolUseId, name } = starts.get(index) ?? {};
    return [{ toolUse: { toolUseId, name, input: JSON.parse(json === "" ? "{}" : json) } }];
  });
}
