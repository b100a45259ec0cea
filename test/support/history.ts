// What a client sends after it got a reply: the reply as history, an answer to every call, and a next question.
import type { Json, JsonRecord } from "../../src/lib/json.ts";
import { elements, isRecord, omit } from "./canon.ts";

/** The model that a reply names. */
export function modelOf(reply: Json): Json {
  return isRecord(reply) ? (reply["model"] ?? "") : "";
}

/** The assistant's messages of a request, without what belongs to no turn. */
export function assistantTurns(request: Json): readonly Json[] {
  const messages = isRecord(request) ? elements(request["messages"]) : [];
  return messages
    .map(withoutCitations)
    .filter(
      (message) =>
        isRecord(message) &&
        message["role"] === "assistant" &&
        (message["tool_calls"] !== undefined || saysSomething(message["content"])),
    );
}

/** A turn that was empty may have to hold a filler. */
function saysSomething(content: Json | undefined): boolean {
  const [first, ...others] = elements(content);
  return others.length > 0 || (isRecord(first) && first["text"] !== ".");
}

/** What is cited is not what the model reads, but it cuts the text into pieces. */
function withoutCitations(message: Json): Json {
  if (!isRecord(message)) return message;
  const joined: Json[] = [];
  for (const part of elements(message["content"])) {
    const last = joined.at(-1);
    const bare = isRecord(part) && part["type"] === "text" ? omit(part, "citations") : part;
    const follows = isText(last) && isText(bare);
    if (follows) joined[joined.length - 1] = { type: "text", text: last.text + bare.text };
    else joined.push(bare);
  }
  return { ...omit(message, "annotations"), content: joined };
}

function isText(part: Json | undefined): part is { readonly type: "text"; readonly text: string } {
  const plain = isRecord(part) && part["type"] === "text" && typeof part["text"] === "string";
  return plain && Object.keys(part).length === 2;
}

/** Members that hold a proof of reasoning, in some dialect. */
const PROOFS: ReadonlySet<string> = new Set(["signature", "redactedContent", "thoughtSignature"]);

/** What a client wrote itself: its members mean nothing here. */
const CLIENTS = ["input", "arguments", "args", "response", "output"] as const;

/** Every proof of reasoning and every call id in a document, in order. */
export function tokensIn(value: Json): readonly Json[] {
  if (Array.isArray(value)) return value.flatMap(tokensIn);
  if (!isRecord(value)) return [];
  // By name, because the order of members says nothing.
  const members = Object.entries(omit(value, ...CLIENTS)).sort(([a], [b]) => (a < b ? -1 : 1));
  return members.flatMap(([key, member]) => {
    if (typeof member !== "string") return tokensIn(member);
    return member !== "" && isToken(key, value) ? [member] : [];
  });
}

const HOSTED = ["executableCode", "codeExecutionResult", "toolCall", "toolResponse"] as const;

function isToken(key: string, record: JsonRecord): boolean {
  const { type } = record;
  // What the vendor itself ran goes with the record of it.
  if (HOSTED.some((part) => part in record)) return false;
  if (PROOFS.has(key)) return true;
  // Items of hosted tools have such a member too.
  if (key === "call_id") return type === "function_call" || type === "custom_tool_call";
  if (key === "encrypted_content") return type === "reasoning";
  // A type marks what the vendor itself called.
  if (key === "toolUseId") return (type ?? null) === null || type === "tool_use";
  if (key === "data") return type === "redacted_thinking";
  const isCall = type === "tool_use" || type === "function" || type === "custom";
  return key === "id" && (isCall || ("args" in record && !("toolType" in record)));
}
