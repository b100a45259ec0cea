// Agents on Google's SDK and on Cohere's.
import { GoogleGenAI, type Content, type Part } from "@google/genai";
import { CohereClientV2, type Cohere } from "cohere-ai";
import { ENDLESS, MAX_TURNS, type Agent } from "./agent.ts";
import { answerOf, PARAMETERS, TOOLS } from "./script.ts";

/** GenerateContent. */
export const generateAgent: Agent = async ({ url, model, question, stream, keeps }) => {
  const client = new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl: url } });
  const contents: Content[] = [{ role: "user", parts: [{ text: question }] }];
  const functionDeclarations = TOOLS.map((name) => ({ name, parametersJsonSchema: PARAMETERS }));
  const config = {
    tools: [{ functionDeclarations }],
    thinkingConfig: { includeThoughts: true, thinkingBudget: 1024 },
  };
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    const request = { model, contents, config };
    const replies = stream
      ? await Array.fromAsync(await client.models.generateContentStream(request))
      : [await client.models.generateContent(request)];
    const parts = replies.flatMap((reply) => reply.candidates?.[0]?.content?.parts ?? []);
    const calls = parts.flatMap(({ functionCall }) =>
      functionCall === undefined ? [] : [functionCall],
    );
    if (calls.length === 0)
      return parts.map((part) => (part.thought === true ? "" : (part.text ?? ""))).join("");
    const bare = calls.map((functionCall): Part => ({ functionCall }));
    contents.push({ role: "model", parts: keeps === "everything" ? parts : bare });
    const results = calls.map(({ id, name = "", args }): Part => {
      const { text, image } = answerOf(name, String(args?.["city"]));
      const inlineData = { mimeType: "image/png", data: image ?? "" };
      const response = { output: text };
      const media = image === undefined ? {} : { parts: [{ inlineData }] };
      return {
        functionResponse: { ...(id === undefined ? {} : { id }), name, response, ...media },
      };
    });
    contents.push({ role: "user", parts: results });
  }
  return ENDLESS;
};

type Message = Cohere.AssistantMessageResponse;

/** V2 chat; pictures follow the results, which hold only text. */
export const cohereAgent: Agent = async ({ url, model, question, stream, keeps }) => {
  const client = new CohereClientV2({ token: "k", environment: url, maxRetries: 0 });
  const messages: Cohere.ChatMessageV2[] = [{ role: "user", content: question }];
  const tools = TOOLS.map((name) => ({
    type: "function" as const,
    function: { name, parameters: PARAMETERS },
  }));
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    const body = { model, messages, tools, thinking: { type: "enabled" as const } };
    const message = stream
      ? joined(await Array.fromAsync(await client.chatStream(body)))
      : (await client.chat(body)).message;
    const calls = message.toolCalls ?? [];
    if (calls.length === 0)
      return (message.content ?? [])
        .map((part) => (part.type === "text" ? part.text : ""))
        .join("");
    const { toolPlan, content } = message;
    const said = keeps === "everything" && content !== undefined ? { content } : {};
    const plan = toolPlan === undefined ? {} : { toolPlan };
    messages.push({ role: "assistant", toolCalls: calls, ...plan, ...said });
    const pictures: Cohere.Content[] = [];
    for (const { id, function: called } of calls) {
      const { city } = JSON.parse(called?.arguments ?? "{}") as { readonly city?: string };
      const { text, image } = answerOf(called?.name ?? "", String(city));
      messages.push({ role: "tool", toolCallId: id, content: text });
      if (image !== undefined)
        pictures.push({ type: "image_url", imageUrl: { url: `data:image/png;base64,${image}` } });
    }
    if (pictures.length > 0) messages.push({ role: "user", content: pictures });
  }
  return ENDLESS;
};

/** This SDK has no accumulator: pieces are joined by their number. */
function joined(events: readonly Cohere.V2ChatStreamResponse[]): Message {
  const content: { type: string; text: string }[] = [];
  const toolCalls: { id: string; name: string; arguments: string }[] = [];
  let toolPlan = "";
  for (const event of events) {
    if (event.type === "tool-plan-delta") toolPlan += event.delta?.message?.toolPlan ?? "";
    if (event.type === "content-start")
      content[event.index ?? 0] = { type: event.delta?.message?.content?.type ?? "text", text: "" };
    if (event.type === "content-delta") {
      const { text, thinking } = event.delta?.message?.content ?? {};
      const open = content[event.index ?? 0];
      if (open !== undefined) open.text += text ?? thinking ?? "";
    }
    if (event.type === "tool-call-start") {
      const { id, function: called } = event.delta?.message?.toolCalls ?? {};
      toolCalls[event.index ?? 0] = {
        id: id ?? "",
        name: called?.name ?? "",
        arguments: called?.arguments ?? "",
      };
    }
    if (event.type === "tool-call-delta") {
      const open = toolCalls[event.index ?? 0];
      if (open !== undefined)
        open.arguments += event.delta?.message?.toolCalls?.function?.arguments ?? "";
    }
  }
  const parts = content.map(({ type, text }) =>
    type === "thinking"
      ? { type: "thinking" as const, thinking: text }
      : { type: "text" as const, text },
  );
  const calls = toolCalls.map(({ id, ...called }) => ({
    id,
    type: "function" as const,
    function: called,
  }));
  return {
    role: "assistant",
    ...(parts.length === 0 ? {} : { content: parts }),
    ...(calls.length === 0 ? {} : { toolCalls: calls }),
    ...(toolPlan === "" ? {} : { toolPlan }),
  };
}
