// What the mock's "model" says, neutral between the protocols: it repeats the last words of the user, calls tools when they
// are spoken of, thinks when asked to. The same request always gets the same answer.
import { printJson, type Json } from "../lib/json.ts";
import { sampleOf } from "./sample.ts";

/** A tool that the request declares. */
export type AskedTool = {
  readonly name: string;
  readonly schema: Json | undefined;
  /** Takes free text instead of JSON. */
  readonly freeForm?: boolean;
};

/** Whether tools may or must be called; a name: that one must. */
export type AskedChoice = "auto" | "none" | "required" | { readonly name: string };

/** A request as far as the mock understands it. */
export type Asked = {
  /** Words of the last user turn. */
  readonly lastUser: string;
  /** Text of the tool results, when the conversation ends with them. */
  readonly toolResult: string | undefined;
  readonly tools: readonly AskedTool[];
  readonly choice: AskedChoice;
  /** Whether the model is to think aloud. */
  readonly thinking: boolean;
  /** Schema of the form in which the answer is demanded. */
  readonly schema: Json | undefined;
  /** Most tokens of output. */
  readonly maxTokens: number | undefined;
};

/** One call of a tool; the arguments are JSON, or free text for a free-form tool. */
export type AnsweredCall = {
  readonly id: string;
  readonly name: string;
  readonly args: string;
  readonly freeForm: boolean;
};

/** Token counts: four characters are a token, everything readable in the request counts. */
export type AnswerUsage = {
  readonly input: number;
  /** All output, thinking included. */
  readonly output: number;
  readonly reasoning: number;
};

/** The answer. */
export type Answer = {
  readonly thinking: string | undefined;
  readonly text: string;
  readonly calls: readonly AnsweredCall[];
  readonly stop: "end" | "calls" | "length";
  readonly usage: AnswerUsage;
};

const CHARACTERS_PER_TOKEN = 4;

/** Number of tokens of a text. */
export function tokensOf(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/** Thinks up the answer. `callId` makes the id of the n-th call; `prompt` is everything readable in the request. */
export function answerTo(asked: Asked, prompt: string, callId: (index: number) => string): Answer {
  const thinking = asked.thinking ? `The user said: ${asked.lastUser}` : undefined;
  const calls = toolsToCall(asked).map((tool, index) => ({
    id: callId(index),
    name: tool.name,
    args: argumentsFor(tool),
    freeForm: tool.freeForm === true,
  }));
  const whole = calls.length > 0 ? "" : words(asked);
  const text = whole.slice(0, (asked.maxTokens ?? Infinity) * CHARACTERS_PER_TOKEN);
  const reasoning = tokensOf(thinking ?? "");
  const written = calls.reduce((sum, call) => sum + tokensOf(call.args), tokensOf(text));
  return {
    thinking,
    text,
    calls,
    stop: calls.length > 0 ? "calls" : text.length < whole.length ? "length" : "end",
    usage: { input: tokensOf(prompt), output: written + reasoning, reasoning },
  };
}

function argumentsFor(tool: AskedTool): string {
  return tool.freeForm === true ? "mock input" : printJson(sampleOf(tool.schema, "mock"));
}

/** `tool` calls the first, `tools` every one; a forced choice needs no word. Results are answered in words. */
function toolsToCall({ tools, choice, lastUser, toolResult }: Asked): readonly AskedTool[] {
  if (choice === "none" || toolResult !== undefined) return [];
  if (typeof choice === "object") return tools.filter(({ name }) => name === choice.name);
  if (/\btools\b/i.test(lastUser)) return tools;
  return choice === "required" || /\btool\b/i.test(lastUser) ? tools.slice(0, 1) : [];
}

function words({ lastUser, toolResult, schema }: Asked): string {
  if (schema !== undefined) return printJson(sampleOf(schema, lastUser));
  if (toolResult !== undefined) return `The tool answered: ${toolResult}`;
  return lastUser === "" ? "Hello from the mock." : lastUser;
}

/** Cuts a text into the pieces of a stream: words with the space after them. */
export function piecesOf(text: string): readonly string[] {
  return text.match(/\S+\s*|\s+/g) ?? [];
}
