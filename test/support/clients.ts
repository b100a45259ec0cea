// The six official SDKs behind one face, against any base address: what a test asks, streamed or not, and what came out.
import Anthropic from "@anthropic-ai/sdk";
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  CountTokensCommand,
  type ContentBlock,
  type ConverseStreamOutput,
  type Message,
} from "@aws-sdk/client-bedrock-runtime";
import { GoogleGenAI, type Content, type GenerateContentResponse } from "@google/genai";
import { CohereClientV2 } from "cohere-ai";
import OpenAI from "openai";

/** A tool without parameters' finer points: every SDK gets this schema in its own form. */
export const WEATHER = {
  name: "get_weather",
  description: "Tells the weather",
  schema: {
    type: "object",
    properties: { city: { type: "string" }, days: { type: "integer" } },
    required: ["city", "days"],
  },
} as const;

/** What a test asks for. */
export type Ask = {
  readonly text: string;
  readonly stream?: boolean;
  readonly tool?: boolean;
  readonly thinking?: boolean;
  /** Aborts the call. */
  readonly signal?: AbortSignal;
};

/** What came out, in the same words for all. */
export type Told = {
  readonly text: string;
  readonly thinking: string;
  readonly calls: readonly { readonly name: string; readonly args: unknown }[];
  readonly stop: string;
  readonly input: number;
  readonly output: number;
};

/** One SDK. */
export type Client = {
  readonly ask: (ask: Ask) => Promise<Told>;
  /** Asks, lets the tool answer, and sends the whole conversation back. */
  readonly converse: (text: string, toolAnswer: string) => Promise<Told>;
  /** Names of the models on offer; absent where the SDK cannot ask. */
  readonly models?: () => Promise<readonly string[]>;
  readonly count?: (text: string) => Promise<number>;
  readonly embed?: (texts: readonly string[]) => Promise<readonly (readonly number[])[]>;
};

/** How the SDKs are pointed. */
export type Pointing = {
  /** Without a slash at the end. */
  readonly url: string;
  readonly key: string;
  /** `ACCESS:SECRET` for the one that signs. */
  readonly pair: string;
  readonly model: string;
};

const USER = "user" as const;

function openaiClient({ url, key, model }: Pointing): Client {
  const client = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0 });
  type Messages = OpenAI.ChatCompletionMessageParam[];
  const tools: OpenAI.ChatCompletionTool[] = [
    {
      type: "function",
      function: {
        name: WEATHER.name,
        description: WEATHER.description,
        parameters: { ...WEATHER.schema, required: [...WEATHER.schema.required] },
      },
    },
  ];
  const complete = async (messages: Messages, ask: Ask): Promise<OpenAI.ChatCompletion> => {
    const body = {
      model,
      messages,
      ...(ask.tool === true ? { tools } : {}),
      ...(ask.thinking === true ? { reasoning_effort: "low" as const } : {}),
    };
    const options = ask.signal === undefined ? {} : { signal: ask.signal };
    if (ask.stream !== true) return client.chat.completions.create(body, options);
    let thinking = "";
    const run = client.chat.completions
      .stream({ ...body, stream_options: { include_usage: true } }, options)
      // The accumulator knows only what OpenAI itself streams in pieces; the last piece of all else wins.
      .on("chunk", ({ choices: [choice] }) => {
        thinking += textAt(choice?.delta, "reasoning_content");
      });
    const completion = await run.finalChatCompletion();
    const [choice] = completion.choices;
    if (choice !== undefined) Object.assign(choice.message, { reasoning_content: thinking });
    return completion;
  };
  const told = ({ choices: [choice], usage }: OpenAI.ChatCompletion): Told => ({
    text: choice?.message.content ?? "",
    thinking: textAt(choice?.message, "reasoning_content"),
    calls: (choice?.message.tool_calls ?? []).flatMap((call) =>
      call.type === "function"
        ? [{ name: call.function.name, args: JSON.parse(call.function.arguments) }]
        : [],
    ),
    stop: choice?.finish_reason ?? "",
    input: usage?.prompt_tokens ?? -1,
    output: usage?.completion_tokens ?? -1,
  });
  return {
    ask: async (ask) => told(await complete([{ role: USER, content: ask.text }], ask)),
    converse: async (text, answer) => {
      const asked: Messages = [{ role: USER, content: text }];
      const first = await complete(asked, { text, tool: true });
      const message = first.choices[0]?.message;
      if (message === undefined) throw new Error("no message");
      const results = (message.tool_calls ?? []).map(({ id }) => ({
        role: "tool" as const,
        tool_call_id: id,
        content: answer,
      }));
      return told(await complete([...asked, message, ...results], { text, tool: true }));
    },
    models: async () => (await client.models.list()).data.map(({ id }) => id),
    embed: async (texts) => {
      const reply = await client.embeddings.create({ model, input: [...texts] });
      return reply.data.map(({ embedding }) => embedding);
    },
  };
}

function textAt(value: object | undefined, key: string): string {
  const text = new Map<string, unknown>(Object.entries(value ?? {})).get(key);
  return typeof text === "string" ? text : "";
}

function responsesClient({ url, key, model }: Pointing): Client {
  const client = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0 });
  const tools: OpenAI.Responses.Tool[] = [
    {
      type: "function",
      name: WEATHER.name,
      description: WEATHER.description,
      parameters: { ...WEATHER.schema, required: [...WEATHER.schema.required] },
      strict: false,
    },
  ];
  type Input = OpenAI.Responses.ResponseInput;
  const respond = (input: Input, ask: Ask): Promise<OpenAI.Responses.Response> => {
    const body = {
      model,
      input,
      ...(ask.tool === true ? { tools } : {}),
      ...(ask.thinking === true
        ? { reasoning: { effort: "low" as const, summary: "auto" as const } }
        : {}),
    };
    const options = ask.signal === undefined ? {} : { signal: ask.signal };
    if (ask.stream !== true) return client.responses.create(body, options);
    return client.responses.stream(body, options).finalResponse();
  };
  const told = (response: OpenAI.Responses.Response): Told => ({
    text: response.output_text,
    thinking: response.output
      .flatMap((item) => (item.type === "reasoning" ? item.summary.map((part) => part.text) : []))
      .join(""),
    calls: response.output.flatMap((item) =>
      item.type === "function_call" ? [{ name: item.name, args: JSON.parse(item.arguments) }] : [],
    ),
    stop: response.status ?? "",
    input: response.usage?.input_tokens ?? -1,
    output: response.usage?.output_tokens ?? -1,
  });
  return {
    ask: async (ask) => told(await respond([{ role: USER, content: ask.text }], ask)),
    converse: async (text, answer) => {
      const asked: Input = [{ role: USER, content: text }];
      const first = await respond(asked, { text, tool: true });
      const turn = first.output.flatMap((item) => (item.type === "function_call" ? [item] : []));
      const results = turn.map(({ call_id }) => ({
        type: "function_call_output" as const,
        call_id,
        output: answer,
      }));
      return told(await respond([...asked, ...turn, ...results], { text, tool: true }));
    },
    models: async () => (await client.models.list()).data.map(({ id }) => id),
    count: async (text) =>
      (await client.responses.inputTokens.count({ model, input: text })).input_tokens,
  };
}

function anthropicClient({ url, key, model }: Pointing): Client {
  const client = new Anthropic({ apiKey: key, baseURL: url, maxRetries: 0 });
  const tools: Anthropic.Tool[] = [
    {
      name: WEATHER.name,
      description: WEATHER.description,
      input_schema: { ...WEATHER.schema, required: [...WEATHER.schema.required] },
    },
  ];
  const send = (messages: Anthropic.MessageParam[], ask: Ask): Promise<Anthropic.Message> => {
    const body = {
      model,
      max_tokens: 4096,
      messages,
      ...(ask.tool === true ? { tools } : {}),
      ...(ask.thinking === true
        ? { thinking: { type: "enabled" as const, budget_tokens: 1024 } }
        : {}),
    };
    const options = ask.signal === undefined ? {} : { signal: ask.signal };
    if (ask.stream !== true) return client.messages.create(body, options);
    return client.messages.stream(body, options).finalMessage();
  };
  const told = (message: Anthropic.Message): Told => ({
    text: message.content.map((block) => (block.type === "text" ? block.text : "")).join(""),
    thinking: message.content
      .map((block) => (block.type === "thinking" ? block.thinking : ""))
      .join(""),
    calls: message.content.flatMap((block) =>
      block.type === "tool_use" ? [{ name: block.name, args: block.input }] : [],
    ),
    stop: message.stop_reason ?? "",
    input: message.usage.input_tokens,
    output: message.usage.output_tokens,
  });
  return {
    ask: async (ask) => told(await send([{ role: USER, content: ask.text }], ask)),
    converse: async (text, answer) => {
      const asked: Anthropic.MessageParam[] = [{ role: USER, content: text }];
      const { content } = await send(asked, { text, tool: true });
      const results = content.flatMap((block) =>
        block.type === "tool_use"
          ? [{ type: "tool_result" as const, tool_use_id: block.id, content: answer }]
          : [],
      );
      const turn: Anthropic.MessageParam = { role: "assistant", content };
      return told(
        await send([...asked, turn, { role: USER, content: results }], { text, tool: true }),
      );
    },
    models: async () => (await client.models.list()).data.map(({ id }) => id),
    count: async (text) => {
      const messages = [{ role: USER, content: text }];
      return (await client.messages.countTokens({ model, messages })).input_tokens;
    },
  };
}

function geminiClient({ url, key, model }: Pointing): Client {
  const client = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } });
  const declaration = {
    name: WEATHER.name,
    description: WEATHER.description,
    parametersJsonSchema: WEATHER.schema,
  };
  const generate = async (contents: Content[], ask: Ask): Promise<GenerateContentResponse[]> => {
    const config = {
      ...(ask.tool === true ? { tools: [{ functionDeclarations: [declaration] }] } : {}),
      ...(ask.thinking === true ? { thinkingConfig: { includeThoughts: true } } : {}),
      ...(ask.signal === undefined ? {} : { abortSignal: ask.signal }),
    };
    const request = { model, contents, config };
    if (ask.stream !== true) return [await client.models.generateContent(request)];
    return Array.fromAsync(await client.models.generateContentStream(request));
  };
  const told = (replies: readonly GenerateContentResponse[]): Told => {
    const parts = replies.flatMap((reply) => reply.candidates?.[0]?.content?.parts ?? []);
    const last = replies.at(-1);
    const usage = last?.usageMetadata;
    return {
      text: parts.map((part) => (part.thought === true ? "" : (part.text ?? ""))).join(""),
      thinking: parts.map((part) => (part.thought === true ? (part.text ?? "") : "")).join(""),
      calls: parts.flatMap(({ functionCall: call }) =>
        call === undefined ? [] : [{ name: call.name ?? "", args: call.args }],
      ),
      stop: last?.candidates?.[0]?.finishReason ?? "",
      input: usage?.promptTokenCount ?? -1,
      output: (usage?.candidatesTokenCount ?? -1) + (usage?.thoughtsTokenCount ?? 0),
    };
  };
  const said = (text: string): Content => ({ role: USER, parts: [{ text }] });
  return {
    ask: async (ask) => told(await generate([said(ask.text)], ask)),
    converse: async (text, answer) => {
      const first = await generate([said(text)], { text, tool: true });
      const parts = first[0]?.candidates?.[0]?.content?.parts ?? [];
      const results = parts.flatMap(({ functionCall: call }) =>
        call === undefined
          ? []
          : [
              {
                functionResponse: {
                  name: call.name ?? "",
                  response: { output: answer },
                  ...(call.id === undefined ? {} : { id: call.id }),
                },
              },
            ],
      );
      const turns = [said(text), { role: "model", parts }, { role: USER, parts: results }];
      return told(await generate(turns, { text, tool: true }));
    },
    models: async () => {
      const models = await Array.fromAsync(await client.models.list());
      return models.map(({ name }) => (name ?? "").replace(/^models\//, ""));
    },
    count: async (text) =>
      (await client.models.countTokens({ model, contents: text })).totalTokens ?? -1,
    embed: async (texts) => {
      const reply = await client.models.embedContent({ model, contents: [...texts] });
      return (reply.embeddings ?? []).map(({ values }) => values ?? []);
    },
  };
}

function bedrockClient({ url, pair, model }: Pointing): Client {
  const [accessKeyId = "", secretAccessKey = ""] = pair.split(":");
  const client = new BedrockRuntimeClient({
    endpoint: url,
    region: "us-east-1",
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  });
  const toolConfig = {
    tools: [
      {
        toolSpec: {
          name: WEATHER.name,
          description: WEATHER.description,
          inputSchema: { json: { ...WEATHER.schema, required: [...WEATHER.schema.required] } },
        },
      },
    ],
  };
  const send = async (messages: Message[], ask: Ask): Promise<Folded> => {
    const input = {
      modelId: model,
      messages,
      ...(ask.tool === true ? { toolConfig } : {}),
      ...(ask.thinking === true
        ? {
            additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 1024 } },
          }
        : {}),
    };
    const options = ask.signal === undefined ? {} : { abortSignal: ask.signal };
    if (ask.stream === true) {
      const { stream } = await client.send(new ConverseStreamCommand(input), options);
      return foldBedrock(await Array.fromAsync(stream ?? []));
    }
    const { output, stopReason, usage } = await client.send(new ConverseCommand(input), options);
    return {
      content: output?.message?.content ?? [],
      stop: stopReason ?? "",
      input: usage?.inputTokens ?? -1,
      output: usage?.outputTokens ?? -1,
    };
  };
  const told = ({ content, ...rest }: Folded): Told => ({
    ...rest,
    text: content.map((block) => block.text ?? "").join(""),
    thinking: content.map((block) => block.reasoningContent?.reasoningText?.text ?? "").join(""),
    calls: content.flatMap(({ toolUse: use }) =>
      use === undefined ? [] : [{ name: use.name ?? "", args: use.input }],
    ),
  });
  const said = (text: string): Message => ({ role: USER, content: [{ text }] });
  return {
    ask: async (ask) => told(await send([said(ask.text)], ask)),
    converse: async (text, answer) => {
      const { content } = await send([said(text)], { text, tool: true });
      const results = content.flatMap(({ toolUse: use }): ContentBlock[] =>
        use === undefined
          ? []
          : [{ toolResult: { toolUseId: use.toolUseId, content: [{ text: answer }] } }],
      );
      const turns: Message[] = [
        said(text),
        { role: "assistant", content },
        { role: USER, content: results },
      ];
      return told(await send(turns, { text, tool: true }));
    },
    count: async (text) => {
      const input = { converse: { messages: [said(text)] } };
      return (
        (await client.send(new CountTokensCommand({ modelId: model, input }))).inputTokens ?? -1
      );
    },
  };
}

type Folded = Pick<Told, "stop" | "input" | "output"> & { readonly content: ContentBlock[] };

/** This SDK has no accumulator of its own. */
function foldBedrock(events: readonly ConverseStreamOutput[]): Folded {
  let text = "";
  let thinking = "";
  const calls: { id: string; name: string; args: string }[] = [];
  for (const { contentBlockStart: start, contentBlockDelta: delta } of events) {
    const use = start?.start?.toolUse;
    if (use !== undefined) calls.push({ id: use.toolUseId ?? "", name: use.name ?? "", args: "" });
    text += delta?.delta?.text ?? "";
    thinking += delta?.delta?.reasoningContent?.text ?? "";
    const call = calls.at(-1);
    if (call !== undefined) call.args += delta?.delta?.toolUse?.input ?? "";
  }
  const usage = events.find(({ metadata }) => metadata !== undefined)?.metadata?.usage;
  return {
    content: [
      ...(thinking === "" ? [] : [{ reasoningContent: { reasoningText: { text: thinking } } }]),
      ...(text === "" ? [] : [{ text }]),
      ...calls.map(({ id, name, args }) => ({
        toolUse: { toolUseId: id, name, input: JSON.parse(args) },
      })),
    ],
    stop:
      events.find(({ messageStop }) => messageStop !== undefined)?.messageStop?.stopReason ?? "",
    input: usage?.inputTokens ?? -1,
    output: usage?.outputTokens ?? -1,
  };
}

function cohereClient({ url, key, model }: Pointing): Client {
  const client = new CohereClientV2({ token: key, environment: url, maxRetries: 0 });
  type Request = Parameters<typeof client.chat>[0];
  type Messages = Request["messages"];
  const tools: NonNullable<Request["tools"]> = [
    {
      type: "function",
      function: {
        name: WEATHER.name,
        description: WEATHER.description,
        parameters: { ...WEATHER.schema },
      },
    },
  ];
  const options = (ask: Ask) => (ask.signal === undefined ? {} : { abortSignal: ask.signal });
  const body = (messages: Messages, ask: Ask): Request => ({
    model,
    messages,
    ...(ask.tool === true ? { tools } : {}),
    ...(ask.thinking === true ? { thinking: { type: "enabled" as const } } : {}),
  });
  const send = (messages: Messages, ask: Ask) => client.chat(body(messages, ask), options(ask));
  const streamed = async (messages: Messages, ask: Ask): Promise<Told> => {
    let [text, thinking, stop] = ["", "", ""];
    let [input, output] = [-1, -1];
    const calls: { name: string; args: string }[] = [];
    for await (const event of await client.chatStream(body(messages, ask), options(ask))) {
      if (event.type === "content-delta") {
        text += event.delta?.message?.content?.text ?? "";
        thinking += event.delta?.message?.content?.thinking ?? "";
      } else if (event.type === "tool-call-start") {
        const called = event.delta?.message?.toolCalls?.function;
        calls.push({ name: called?.name ?? "", args: called?.arguments ?? "" });
      } else if (event.type === "tool-call-delta") {
        const call = calls.at(-1);
        if (call) call.args += event.delta?.message?.toolCalls?.function?.arguments ?? "";
      } else if (event.type === "message-end") {
        stop = event.delta?.finishReason ?? "";
        input = event.delta?.usage?.tokens?.inputTokens ?? -1;
        output = event.delta?.usage?.tokens?.outputTokens ?? -1;
      }
    }
    const read = calls.map(({ name, args }) => ({ name, args: JSON.parse(args) }));
    return { text, thinking, calls: read, stop, input, output };
  };
  const told = (reply: Awaited<ReturnType<typeof send>>): Told => ({
    text: (reply.message.content ?? [])
      .map((part) => (part.type === "text" ? part.text : ""))
      .join(""),
    thinking: (reply.message.content ?? [])
      .map((part) => (part.type === "thinking" ? part.thinking : ""))
      .join(""),
    calls: (reply.message.toolCalls ?? []).map((call) => ({
      name: call.function?.name ?? "",
      args: JSON.parse(call.function?.arguments ?? ""),
    })),
    stop: reply.finishReason,
    input: reply.usage?.tokens?.inputTokens ?? -1,
    output: reply.usage?.tokens?.outputTokens ?? -1,
  });
  return {
    ask: async (ask) => {
      const messages: Messages = [{ role: USER, content: ask.text }];
      return ask.stream === true ? streamed(messages, ask) : told(await send(messages, ask));
    },
    converse: async (text, answer) => {
      const asked: Messages = [{ role: USER, content: text }];
      const { message } = await send(asked, { text, tool: true });
      const { toolCalls = [], toolPlan } = message;
      const turn = { role: "assistant" as const, toolCalls, ...(toolPlan && { toolPlan }) };
      const results = toolCalls.map(({ id }) => ({
        role: "tool" as const,
        toolCallId: id,
        content: answer,
      }));
      return told(await send([...asked, turn, ...results], { text, tool: true }));
    },
    models: async () => {
      const { models } = await client.models.list();
      return models.map(({ name }) => name ?? "");
    },
    embed: async (texts) => {
      const reply = await client.embed({
        model,
        texts: [...texts],
        inputType: "search_document",
        embeddingTypes: ["float"],
      });
      return reply.embeddings.float ?? [];
    },
  };
}

/** Makes a client of each protocol's own SDK. */
export const CLIENTS: Readonly<Record<string, (pointing: Pointing) => Client>> = {
  openai: openaiClient,
  responses: responsesClient,
  anthropic: anthropicClient,
  gemini: geminiClient,
  bedrock: bedrockClient,
  cohere: cohereClient,
};
