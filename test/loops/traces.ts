// What a provider sees of a loop's history, in one notation for all six protocols: `proof X`, `call ID NAME CITY`,
// `result ID TEXT`, `image`. Read from the request as the vendor documents it, without any of our decoders.
import type { Json } from "../../src/lib/json.ts";
import type { ProtocolName } from "../../src/protocols/registry.ts";
import { at, list, textAt } from "./script.ts";

type Trace = (body: Json) => readonly string[];

/** How the history reads in each protocol. */
export const TRACES: Readonly<Record<ProtocolName, Trace>> = {
  openai: (body) => list(at(body, "messages")).flatMap(openaiMessage),
  responses: (body) => list(at(body, "input")).flatMap(responsesItem),
  anthropic: (body) => list(at(body, "messages")).flatMap(contentOf).flatMap(anthropicBlock),
  gemini: (body) => list(at(body, "contents")).flatMap(partsOf).flatMap(geminiPart),
  bedrock: (body) => list(at(body, "messages")).flatMap(contentOf).flatMap(bedrockBlock),
  cohere: (body) => list(at(body, "messages")).flatMap(cohereMessage),
};

const contentOf = (message: Json): readonly Json[] => list(at(message, "content"));
const partsOf = (content: Json): readonly Json[] => list(at(content, "parts"));

/** The text of content that is a string or a list of parts. */
function textOf(content: Json | undefined): string {
  if (typeof content === "string") return content;
  return list(content)
    .map((part) => textAt(part, "text"))
    .filter((text) => !/^\[\w+ attached below\]$/.test(text))
    .join("");
}

const cityIn = (json: string): string => textAt(JSON.parse(json), "city");

function chatCalls(message: Json): readonly string[] {
  return list(at(message, "tool_calls")).map(
    (call) =>
      `call ${textAt(call, "id")} ${textAt(call, "function", "name")} ${cityIn(textAt(call, "function", "arguments"))}`,
  );
}

function chatImages(message: Json): readonly string[] {
  return contentOf(message).flatMap((part) => (at(part, "type") === "image_url" ? ["image"] : []));
}

function openaiMessage(message: Json): readonly string[] {
  const content = at(message, "content");
  if (at(message, "role") === "tool")
    return [`result ${textAt(message, "tool_call_id")} ${textOf(content)}`];
  return [...chatCalls(message), ...chatImages(message)];
}

function cohereMessage(message: Json): readonly string[] {
  if (at(message, "role") !== "tool") return [...chatCalls(message), ...chatImages(message)];
  const found = contentOf(message).map((part) => at(part, "document", "data"));
  const data = found.find((each) => each !== undefined);
  const text = textOf(at(message, "content")) || textAt(data, "output") || textAt(data, "text");
  return [`result ${textAt(message, "tool_call_id")} ${text}`];
}

function responsesItem(item: Json): readonly string[] {
  switch (textAt(item, "type")) {
    case "reasoning":
      return [`proof ${textAt(item, "encrypted_content")}`];
    case "function_call":
      return [
        `call ${textAt(item, "call_id")} ${textAt(item, "name")} ${cityIn(textAt(item, "arguments"))}`,
      ];
    case "function_call_output": {
      const images = list(at(item, "output")).filter((part) => at(part, "type") === "input_image");
      return [
        `result ${textAt(item, "call_id")} ${textOf(at(item, "output"))}`,
        ...images.map(() => "image"),
      ];
    }
    default:
      return contentOf(item).flatMap((part) =>
        at(part, "type") === "input_image" ? ["image"] : [],
      );
  }
}

function anthropicBlock(block: Json): readonly string[] {
  switch (textAt(block, "type")) {
    case "thinking":
      return [`proof ${textAt(block, "signature")}`];
    case "tool_use":
      return [
        `call ${textAt(block, "id")} ${textAt(block, "name")} ${textAt(block, "input", "city")}`,
      ];
    case "tool_result": {
      const images = contentOf(block).filter((part) => at(part, "type") === "image");
      return [
        `result ${textAt(block, "tool_use_id")} ${textOf(at(block, "content"))}`,
        ...images.map(() => "image"),
      ];
    }
    case "image":
      return ["image"];
    default:
      return [];
  }
}

function geminiPart(part: Json): readonly string[] {
  const signature = textAt(part, "thoughtSignature");
  const proof = signature === "" ? [] : [`proof ${signature}`];
  const call = at(part, "functionCall");
  const result = at(part, "functionResponse");
  if (call !== undefined) {
    const city = textAt(call, "args", "city");
    return [...proof, `call ${textAt(call, "id")} ${textAt(call, "name")} ${city}`];
  }
  if (result !== undefined) {
    const text = textAt(result, "response", "output").replace("\n[image attached below]", "");
    const images = partsOf(result).filter((inner) => at(inner, "inlineData") !== undefined);
    return [`result ${textAt(result, "id")} ${text}`, ...images.map(() => "image")];
  }
  return [...proof, ...(at(part, "inlineData") === undefined ? [] : ["image"])];
}

function bedrockBlock(block: Json): readonly string[] {
  const signature = textAt(block, "reasoningContent", "reasoningText", "signature");
  const use = at(block, "toolUse");
  const result = at(block, "toolResult");
  if (signature !== "") return [`proof ${signature}`];
  if (use !== undefined) {
    const city = textAt(use, "input", "city");
    return [`call ${textAt(use, "toolUseId")} ${textAt(use, "name")} ${city}`];
  }
  if (result !== undefined) {
    const images = contentOf(result).filter((part) => at(part, "image") !== undefined);
    const text = textOf(at(result, "content"));
    return [`result ${textAt(result, "toolUseId")} ${text}`, ...images.map(() => "image")];
  }
  return at(block, "image") === undefined ? [] : ["image"];
}
