// The canonical form of Chat Completions documents.
import type { Json, JsonRecord } from "../../src/lib/json.ts";
import { compact, elements, isRecord, omit, unless, withoutNulls, type Canon } from "./canon.ts";

/** Canonical requests and replies. */
export const canonOpenai: Canon = { request, reply };

function request(body: Json): Json {
  if (!isRecord(body)) return body;
  const given = withoutNulls(body);
  const tools = elements(given["tools"] ?? elements(given["functions"]).map(legacyTool)).map(tool);
  const { max_tokens: oldLimit, max_completion_tokens: limit, ...rest } = given;
  return compact({
    // `functions` and `function_call` are the former spelling of `tools` and `tool_choice`.
    ...omit(rest, "functions", "function_call"),
    // `max_tokens` is the former name of the same limit.
    max_completion_tokens: limit ?? oldLimit,
    stream: unless(given["stream"], false),
    stream_options: streamOptions(given["stream_options"]),
    messages: messages(elements(given["messages"])),
    tools: unless(tools),
    tool_choice: unless(given["tool_choice"] ?? legacyChoice(given["function_call"]), "auto"),
    parallel_tool_calls: unless(given["parallel_tool_calls"], true),
    n: unless(given["n"], 1),
    stop: unless(typeof given["stop"] === "string" ? [given["stop"]] : given["stop"]),
    logprobs: unless(given["logprobs"], false),
    frequency_penalty: unless(given["frequency_penalty"], 0),
    presence_penalty: unless(given["presence_penalty"], 0),
    response_format: responseFormat(given["response_format"]),
  });
}

/** The gateway itself decides whether the upstream reports usage in the stream. */
function streamOptions(value: Json | undefined): Json | undefined {
  if (!isRecord(value)) return value;
  const rest = omit(value, "include_usage");
  return Object.keys(rest).length === 0 ? undefined : rest;
}

function responseFormat(value: Json | undefined): Json | undefined {
  if (!isRecord(value)) return value;
  if (value["type"] === "text") return undefined;
  const schema = value["json_schema"];
  if (!isRecord(schema)) return value;
  return {
    ...value,
    json_schema: compact({ ...schema, strict: unless(schema["strict"], false, null) }),
  };
}

function legacyTool(value: Json): Json {
  return { type: "function", function: value };
}

function legacyChoice(value: Json | undefined): Json | undefined {
  return isRecord(value) ? { type: "function", function: value } : value;
}

function tool(value: Json): Json {
  if (!isRecord(value) || !isRecord(value["function"])) return value;
  const definition = withoutNulls(value["function"]);
  return {
    ...value,
    type: "function",
    function: compact({ ...definition, strict: unless(definition["strict"], false) }),
  };
}

function messages(list: readonly Json[]): Json {
  // Calls of the legacy form have no ids: they get the ones that a decoder may make up, the same on both sides.
  let legacy = 0;
  return list.map((value): Json => {
    if (!isRecord(value)) return value;
    const given = withoutNulls(value);
    if (given["role"] === "function") {
      return {
        role: "tool",
        tool_call_id: `legacy-${legacy}`,
        content: parts(given["content"]) ?? [],
      };
    }
    const call = given["function_call"];
    if (isRecord(call)) legacy += 1;
    const calls = isRecord(call)
      ? [{ type: "function", id: `legacy-${legacy}`, function: call }]
      : elements(given["tool_calls"]);
    return compact({
      ...omit(given, "function_call"),
      content: given["role"] === "tool" ? (parts(given["content"]) ?? []) : parts(given["content"]),
      tool_calls: unless(calls.map(toolCall)),
    });
  });
}

function parts(content: Json | undefined): Json | undefined {
  const list = typeof content === "string" ? [{ type: "text", text: content }] : elements(content);
  return unless(list.filter((value) => !isEmptyText(value)).map(part));
}

function isEmptyText(value: Json): boolean {
  return isRecord(value) && value["type"] === "text" && value["text"] === "";
}

function part(value: Json): Json {
  const image = isRecord(value) ? value["image_url"] : undefined;
  if (!isRecord(value) || !isRecord(image)) return value;
  return { ...value, image_url: compact({ ...image, detail: unless(image["detail"], "auto") }) };
}

function toolCall(value: Json): Json {
  if (!isRecord(value)) return value;
  const called = value["function"];
  const kind = { ...omit(value, "index"), type: value["type"] ?? "function" };
  if (!isRecord(called)) return kind;
  const text = called["arguments"];
  const blank = typeof text === "string" && text.trim() === "";
  return { ...kind, function: { ...called, arguments: blank ? "{}" : (text ?? "{}") } };
}

/** Ids and times of the server go, and so does `object`, which never says anything else. */
function reply(body: Json): Json {
  if (!isRecord(body)) return body;
  const given = omit(withoutNulls(body), "id", "object");
  return compact({
    ...given,
    choices: elements(given["choices"]).map(choice),
    usage: usage(given["usage"]),
  });
}

function choice(value: Json): Json {
  if (!isRecord(value)) return value;
  const given = withoutNulls(value);
  return compact({
    ...given,
    logprobs: logprobs(given["logprobs"]),
    message: isRecord(given["message"]) ? message(given["message"]) : given["message"],
  });
}

function logprobs(value: Json | undefined): Json | undefined {
  if (!isRecord(value)) return value;
  const kept = withoutNulls(value);
  return Object.keys(kept).length === 0 ? undefined : kept;
}

function message(value: JsonRecord): Json {
  const given = withoutNulls(value);
  return compact({
    ...given,
    content: unless(given["content"], ""),
    refusal: unless(given["refusal"], ""),
    annotations: unless(given["annotations"]),
    tool_calls: unless(elements(given["tool_calls"]).map(toolCall)),
  });
}

function usage(value: Json | undefined): Json | undefined {
  return isRecord(value) ? withoutZeros(value) : value;
}

/** A count that is zero and one that is not reported are the same to every reader of usage. */
function withoutZeros(record: JsonRecord): JsonRecord {
  return compact(
    Object.fromEntries(
      Object.entries(record).flatMap(([key, value]): [string, Json][] => {
        if (value === null || value === 0) return [];
        if (!isRecord(value)) return [[key, value]];
        const inner = withoutZeros(value);
        return Object.keys(inner).length === 0 ? [] : [[key, inner]];
      }),
    ),
  );
}
