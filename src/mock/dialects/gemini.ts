// generateContent, as Gemini answers it (translation.md A.4). Frames are elements of a stream; whether they travel as
// server-sent events or as one JSON array is the server's business.
import {
  asNumber,
  asString,
  printJson,
  type Json,
  type JsonRecord,
  type Printable,
} from "../../lib/json.ts";
import type { Frame } from "../../wire/frame.ts";
import { piecesOf, type Answer, type Asked, type AskedChoice } from "../answer.ts";
import type { Context, Dialect, EmbeddingCall } from "./dialect.ts";
import { at, contentText, recordsIn, vectorOf } from "./reading.ts";

/** The dialect. */
export const gemini: Dialect = {
  refusal: (body) =>
    recordsIn(at(body, "contents")).length === 0 ? "contents is not specified" : undefined,
  read,
  callId: (id, index) => `call_${id}_${index}`,
  reply: (answer, context) =>
    chunk(context, partsOf(answer, context).flat(), {
      finish: FINISH[answer.stop],
      usage: usageOf(answer),
    }),
  frames,
  headers: () => [["server-timing", "gfet4t7; dur=1"]],
  count: (tokens) => ({
    totalTokens: tokens,
    promptTokensDetails: [{ modality: "TEXT", tokenCount: tokens }],
  }),
  embeddings,
};

const FINISH = { end: "STOP", calls: "STOP", length: "MAX_TOKENS" } as const;

function read(body: JsonRecord): Asked {
  const contents = recordsIn(at(body, "contents"));
  const users = contents.filter((content) => content["role"] !== "model");
  const results = recordsIn(users.at(-1)?.["parts"]).flatMap((part) => {
    const response = at(part, "functionResponse", "response");
    return response === undefined ? [] : [resultText(response)];
  });
  const config = at(body, "generationConfig");
  const budget = at(config, "thinkingConfig", "thinkingBudget");
  return {
    lastUser: users.map((content) => contentText(content["parts"])).findLast(isFilled) ?? "",
    toolResult: results.length === 0 ? undefined : results.join("\n"),
    tools: recordsIn(at(body, "tools"))
      .flatMap((tool) => recordsIn(tool["functionDeclarations"]))
      .flatMap((tool) => {
        const name = asString(tool["name"]);
        const schema = at(tool, "parametersJsonSchema") ?? at(tool, "parameters");
        return name === undefined ? [] : [{ name, schema }];
      }),
    choice: readChoice(body),
    thinking: at(config, "thinkingConfig", "includeThoughts") === true && budget !== 0,
    schema: at(config, "responseJsonSchema") ?? at(config, "responseSchema"),
    maxTokens: asNumber(at(config, "maxOutputTokens")),
  };
}

function isFilled(text: string): boolean {
  return text !== "";
}

/** `{output: "…"}` is the usual form; anything else is repeated as JSON. */
function resultText(response: Json): string {
  return asString(at(response, "output")) ?? printJson(response);
}

function readChoice(body: JsonRecord): AskedChoice {
  const calling = at(body, "toolConfig", "functionCallingConfig");
  const allowed = at(calling, "allowedFunctionNames");
  const [name] = Array.isArray(allowed) ? allowed : [];
  switch (asString(at(calling, "mode")) ?? "AUTO") {
    case "ANY":
      return typeof name === "string" ? { name } : "required";
    case "NONE":
      return "none";
    default:
      return "auto";
  }
}

function usageOf({ usage }: Answer): Printable {
  const candidates = usage.output - usage.reasoning;
  return {
    promptTokenCount: usage.input,
    candidatesTokenCount: candidates,
    totalTokenCount: usage.input + usage.output,
    promptTokensDetails: [{ modality: "TEXT", tokenCount: usage.input }],
    thoughtsTokenCount: usage.reasoning === 0 ? undefined : usage.reasoning,
  };
}

/** Parts in groups that belong together; streams cut a group into pieces, a whole reply joins them again. */
function partsOf(answer: Answer, context: Context): readonly (readonly Printable[])[] {
  const thoughtSignature = new TextEncoder().encode(`mock signature ${context.id}`).toBase64();
  const { thinking, text, calls } = answer;
  return [
    thinking === undefined ? [] : [{ text: thinking, thought: true }],
    text === "" ? [] : [{ text }],
    calls.map(({ id, name, args }, index) => ({
      functionCall: { id, name, args: parsed(args) },
      // Of parallel calls only the first carries one.
      thoughtSignature: index === 0 ? thoughtSignature : undefined,
    })),
  ];
}

function parsed(args: string): Printable {
  const value: Printable = JSON.parse(args);
  return value;
}

function chunk(
  context: Context,
  parts: readonly Printable[],
  end: { readonly finish?: string; readonly usage: Printable },
): { readonly [key: string]: Printable } {
  return {
    candidates: [
      {
        content: { parts: parts.length === 0 ? [{ text: "" }] : parts, role: "model" },
        finishReason: end.finish,
        index: 0,
      },
    ],
    usageMetadata: end.usage,
    modelVersion: context.model,
    responseId: context.id,
  };
}

function frames(answer: Answer, context: Context): readonly Frame[] {
  const { thinking, calls } = answer;
  const early = {
    promptTokenCount: answer.usage.input,
    totalTokenCount: answer.usage.input,
  };
  const contents: (readonly Printable[])[] = [
    ...piecesOf(thinking ?? "").map((text) => [{ text, thought: true }]),
    ...piecesOf(answer.text).map((text) => [{ text }]),
    ...(calls.length === 0 ? [] : [partsOf(answer, context).at(-1) ?? []]),
  ];
  const last = { finish: FINISH[answer.stop], usage: usageOf(answer) };
  const chunks = [
    ...contents.map((parts) => chunk(context, parts, { usage: early })),
    chunk(context, [], last),
  ];
  return chunks.map((element) => ({ kind: "element", text: printJson(element) }));
}

function embeddings({ body, path, tokens }: EmbeddingCall): Printable {
  const dimensions = (one: JsonRecord) => at(one, "outputDimensionality");
  const embed = (one: JsonRecord): Printable => ({
    values: vectorOf(contentText(at(one, "content", "parts")), dimensions(one)),
  });
  if (!path.endsWith(":batchEmbedContents")) return { embedding: embed(body) };
  return {
    embeddings: recordsIn(at(body, "requests")).map(embed),
    usageMetadata: { promptTokenCount: tokens },
  };
}
