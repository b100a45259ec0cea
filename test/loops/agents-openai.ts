// Agents on OpenAI's SDK: Chat Completions and Responses.
import OpenAI from "openai";
import { ENDLESS, MAX_TURNS, type Agent } from "./agent.ts";
import { answerOf, PARAMETERS, TOOLS } from "./script.ts";

type Message = OpenAI.ChatCompletionMessage;

const cityIn = (text: string): string => String(JSON.parse(text).city);
const png = (base64: string): string => `data:image/png;base64,${base64}`;

/** Chat Completions; pictures follow the results, which hold only text. */
export const chatAgent: Agent = async ({ url, model, question, stream, keeps }) => {
  const client = new OpenAI({ apiKey: "k", baseURL: `${url}/v1`, maxRetries: 0 });
  const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: question }];
  const tools = TOOLS.map((name) => ({
    type: "function" as const,
    function: { name, parameters: PARAMETERS },
  }));
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    const body = { model, messages, tools, reasoning_effort: "medium" as const };
    const completion = stream
      ? await client.chat.completions.stream(body).finalChatCompletion()
      : await client.chat.completions.create(body);
    const message = completion.choices[0]?.message;
    const calls = message?.tool_calls ?? [];
    if (message === undefined || calls.length === 0) return message?.content ?? "";
    messages.push(keeps === "everything" ? message : wordsOf(message));
    const pictures: OpenAI.ChatCompletionContentPartImage[] = [];
    for (const call of calls) {
      if (call.type !== "function") continue;
      const { text, image } = answerOf(call.function.name, cityIn(call.function.arguments));
      messages.push({ role: "tool", tool_call_id: call.id, content: text });
      if (image !== undefined) pictures.push({ type: "image_url", image_url: { url: png(image) } });
    }
    if (pictures.length > 0) messages.push({ role: "user", content: pictures });
  }
  return ENDLESS;
};

function wordsOf({ content, tool_calls: calls = [] }: Message): OpenAI.ChatCompletionMessageParam {
  const plain = calls.flatMap((call) =>
    call.type === "function"
      ? [
          {
            id: call.id,
            type: call.type,
            function: { name: call.function.name, arguments: call.function.arguments },
          },
        ]
      : [],
  );
  return { role: "assistant", content, tool_calls: plain };
}

/** Responses, with the conversation on the client's side. */
export const responsesAgent: Agent = async ({ url, model, question, stream, keeps }) => {
  const client = new OpenAI({ apiKey: "k", baseURL: `${url}/v1`, maxRetries: 0 });
  const input: OpenAI.Responses.ResponseInput = [{ role: "user", content: question }];
  const tools = TOOLS.map((name) => ({
    type: "function" as const,
    name,
    parameters: PARAMETERS,
    strict: false,
  }));
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    const body = {
      model,
      input,
      tools,
      store: false,
      reasoning: { effort: "medium" as const, summary: "auto" as const },
      include: ["reasoning.encrypted_content" as const],
    };
    const { output, output_text: words } = stream
      ? await client.responses.stream(body).finalResponse()
      : await client.responses.create(body);
    const calls = output.flatMap((item) => (item.type === "function_call" ? [item] : []));
    if (calls.length === 0) return words;
    const kept = keeps === "everything" ? output : calls;
    input.push(...(kept as OpenAI.Responses.ResponseInputItem[]));
    for (const { call_id, name, arguments: given } of calls) {
      const { text, image } = answerOf(name, cityIn(given));
      const picture =
        image === undefined
          ? []
          : [{ type: "input_image" as const, image_url: png(image), detail: "auto" as const }];
      const parts = [{ type: "input_text" as const, text }, ...picture];
      input.push({ type: "function_call_output", call_id, output: parts });
    }
  }
  return ENDLESS;
};
