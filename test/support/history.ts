// What a client sends after it got a reply: the reply as history, an answer to every call, and a next question.
import type { Json } from "../../src/lib/json.ts";
import { elements, isRecord, omit, words } from "./canon.ts";

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

/** The member of a block or item that proves reasoning, where it is not `signature`. */
const TOKEN_OF: Readonly<Record<string, string>> = {
  redacted_thinking: "data",
  reasoning: "encrypted_content",
};

/** Every proof of reasoning and every call id in a document, in order. */
export function tokensIn(value: Json): readonly Json[] {
  if (Array.isArray(value)) return value.flatMap(tokensIn);
  if (!isRecord(value)) return [];
  const own = [value[TOKEN_OF[words(value["type"])] ?? "signature"], callId(value)];
  const inside = Object.entries(omit(value, "input", "arguments"));
  // By name, because the order of members says nothing.
  const inner = inside
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, member]) => tokensIn(member));
  return [...own.filter((token) => typeof token === "string" && token !== ""), ...inner] as Json[];
}

function callId(value: { readonly [key: string]: Json }): Json | undefined {
  const type = value["type"];
  if (type === "function_call" || type === "custom_tool_call") return value["call_id"];
  return type === "tool_use" || type === "function" || type === "custom" ? value["id"] : undefined;
}
