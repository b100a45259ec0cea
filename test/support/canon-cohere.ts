// The canonical form of v2 chat documents.
import type { Json, JsonRecord } from "../../src/lib/json.ts";
import {
  compact,
  elements,
  isRecord,
  omit,
  unless,
  withoutNulls,
  words,
  type Canon,
} from "./canon.ts";

/** Canonical requests and replies. */
export const canonCohere: Canon = { request, reply, withoutDemanded, origin };

/** Whoever speaks to Claude needs a limit, and a user to speak first. */
function withoutDemanded(after: Json, before: Json): Json {
  if (!isRecord(after) || !isRecord(before)) return after;
  const limit = before["max_tokens"] === undefined ? "max_tokens" : "";
  const filled = elements(before["messages"]).some(isFiller);
  const messages = elements(after["messages"]);
  return compact({
    ...omit(after, limit),
    messages: filled ? messages : messages.filter((message) => !isFiller(message)),
    documents: unless(withoutNames(after, before)),
    thinking: after["thinking"] ?? switchedOff(before),
  });
}

/** A document needs a name at Bedrock. */
function withoutNames(after: JsonRecord, before: JsonRecord): readonly Json[] {
  return elements(after["documents"]).map((value, index): Json => {
    const given = elements(before["documents"])[index];
    const [data, said] = [value, given].map((each) => (isRecord(each) ? each["data"] : undefined));
    if (!isRecord(value) || !isRecord(data) || !isRecord(said) || "title" in said) return value;
    return /^document(?:-\d+)?$/.test(words(data["title"]))
      ? { ...value, data: omit(data, "title") }
      : value;
  });
}

/** A model that does not reason does as it is told when it is told not to. */
function switchedOff({ thinking }: JsonRecord): Json | undefined {
  return isRecord(thinking) && thinking["type"] === "disabled" ? thinking : undefined;
}

function isFiller(message: Json): boolean {
  const [part, ...others] = isRecord(message) ? elements(message["content"]) : [];
  return others.length === 0 && isRecord(part) && part["text"] === ".";
}

function request(body: Json): Json {
  if (!isRecord(body)) return body;
  const given = withoutNulls(body);
  return compact({
    ...given,
    stream: unless(given["stream"], false),
    messages: joined(elements(given["messages"]).map(message)),
    documents: unless(elements(given["documents"]).map(document)),
    tools: unless(elements(given["tools"]).map(tool)),
    strict_tools: unless(given["strict_tools"], false),
    response_format: responseFormat(given["response_format"]),
    logprobs: unless(given["logprobs"], false),
    stop_sequences: unless(given["stop_sequences"]),
    frequency_penalty: unless(given["frequency_penalty"], 0),
    presence_penalty: unless(given["presence_penalty"], 0),
    // Zero switches it off, as it is by default.
    k: unless(given["k"], 0),
  });
}

/** A document of nothing but text may be that text. */
function document(value: Json): Json {
  if (typeof value === "string") return { data: { text: value } };
  if (!isRecord(value)) return value;
  const data = value["data"];
  return typeof data === "string" ? { ...value, data: { text: data } } : value;
}

/** `schema` is the former name of `json_schema`. */
function responseFormat(value: Json | undefined): Json | undefined {
  if (!isRecord(value)) return value;
  if (value["type"] === "text") return undefined;
  const { schema, json_schema: present, ...rest } = value;
  return compact({ ...rest, json_schema: present ?? schema });
}

function tool(value: Json): Json {
  if (!isRecord(value) || !isRecord(value["function"])) return value;
  const given = withoutNulls(value["function"]);
  const called = compact({ ...given, description: unless(given["description"], "") });
  return { ...value, type: "function", function: called };
}

/** What a user says, or the instructions say, in several messages at once is one turn (R05). */
function joined(list: readonly Json[]): Json {
  return groups(list).map(([first = null, ...others]): Json => {
    if (!isRecord(first) || others.length === 0) return first;
    const contents = [first, ...others].map((each) => (isRecord(each) ? each["content"] : null));
    return { ...first, content: contents.flatMap((content) => elements(content)) };
  });
}

function groups(list: readonly Json[]): readonly (readonly Json[])[] {
  const found: Json[][] = [];
  for (const value of list) {
    const last = found.at(-1);
    const [first] = last ?? [];
    if (isPlain(value) && isPlain(first) && value["role"] === first["role"]) last?.push(value);
    else found.push([value]);
  }
  return found;
}

/** The message that a part of a joined one comes from. */
function origin(body: Json): (path: string) => string {
  const list = isRecord(body) ? elements(body["messages"]).map(message) : [];
  const joins = groups(list);
  return (path) => {
    const [, index, rest = ""] = /^\/messages\/(\d+)(\/.*)?$/.exec(path) ?? [];
    if (index === undefined) return path;
    const group = joins[Number(index)] ?? [];
    const before = joins.slice(0, Number(index)).flat().length;
    const [, part, below = ""] = /^\/content\/(\d+)(\/.*)?$/.exec(rest) ?? [];
    if (part === undefined || group.length < 2) return `/messages/${before}${rest}`;
    let left = Number(part);
    for (const [at, inner] of group.entries()) {
      const { length } = elements(isRecord(inner) ? inner["content"] : undefined);
      if (left < length) return `/messages/${before + at}/content/${left}${below}`;
      left -= length;
    }
    // What was added behind them all.
    return `/messages/${before}${rest}`;
  };
}

function isPlain(value: Json | undefined): value is JsonRecord {
  if (!isRecord(value) || Object.keys(value).length !== 2) return false;
  return value["role"] === "user" || value["role"] === "system";
}

function message(value: Json): Json {
  if (!isRecord(value)) return value;
  const given = withoutNulls(value);
  const content = parts(given["content"]);
  return compact({
    ...given,
    content: given["role"] === "assistant" ? unless(content) : content,
    tool_plan: unless(given["tool_plan"], ""),
    tool_calls: unless(elements(given["tool_calls"]).map(toolCall)),
    citations: unless(given["citations"]),
  });
}

function parts(content: Json | undefined): readonly Json[] {
  const list = typeof content === "string" ? [{ type: "text", text: content }] : elements(content);
  return list.filter((value) => !isRecord(value) || !isEmpty(value)).map(part);
}

function isEmpty(value: JsonRecord): boolean {
  return value["type"] === "text" && words(value["text"]).trim() === "";
}

function part(value: Json): Json {
  if (!isRecord(value)) return value;
  const image = value["image_url"];
  const given: JsonRecord =
    typeof image === "string" ? { ...value, image_url: { url: image } } : value;
  const inner = given["image_url"];
  if (!isRecord(inner)) return withoutNulls(given);
  return { ...given, image_url: compact({ ...inner, detail: unless(inner["detail"], "auto") }) };
}

function toolCall(value: Json): Json {
  if (!isRecord(value) || !isRecord(value["function"])) return value;
  const text = value["function"]["arguments"];
  const blank = typeof text !== "string" || text.trim() === "" || text.trim() === "null";
  const args = blank ? "{}" : withoutSpace(text);
  return { ...value, type: "function", function: { ...value["function"], arguments: args } };
}

/** JSON text without the white space between its tokens; any other text as it is. */
function withoutSpace(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  return text.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, "$1");
}

/** Ids of the server go; what nothing was said in, was not said. */
function reply(body: Json): Json {
  if (!isRecord(body)) return body;
  const given = omit(withoutNulls(body), "id");
  const said = isRecord(given["message"]) ? withoutNulls(given["message"]) : {};
  const calls = elements(said["tool_calls"]).map(toolCall);
  return compact({
    ...given,
    finish_reason: finishReason(given["finish_reason"], calls.length > 0),
    message: compact({
      role: "assistant",
      ...said,
      content: unless(
        elements(said["content"]).filter((value) => !isRecord(value) || !isSilent(value)),
      ),
      tool_plan: unless(said["tool_plan"], ""),
      tool_calls: unless(calls),
      citations: unless(elements(said["citations"]).map(citation)),
    }),
    logprobs: unless(given["logprobs"]),
    usage: usage(given["usage"]),
  });
}

function isSilent(value: JsonRecord): boolean {
  return value["text"] === "" || value["thinking"] === "";
}

/** A turn with calls that ends normally ended because of them (translation.md B.13). */
function finishReason(reason: Json = "COMPLETE", calls: boolean): Json {
  return calls && reason === "COMPLETE" ? "TOOL_CALL" : reason;
}

/** The first item of the content, and the kind of it, need not be named. */
function citation(value: Json): Json {
  return isRecord(value) ? withoutNulls(value) : value;
}

/** A count of nothing is one that is not told; what is billed is what was counted unless it is told. */
function usage(value: Json | undefined): Json | undefined {
  if (!isRecord(value) || Object.keys(value).length === 0) return undefined;
  const { tokens, billed_units: billed, cached_tokens: cached, ...rest } = value;
  const counted = isRecord(tokens) ? tokens : billed;
  const isNothing = isRecord(counted) && Object.values(counted).every((count) => count === 0);
  if (isNothing) return undefined;
  return compact({
    ...rest,
    tokens: isRecord(counted) ? counts(counted) : counted,
    billed_units: isRecord(billed) ? counts(billed) : counts(isRecord(counted) ? counted : {}),
    cached_tokens: unless(cached, 0),
  });
}

function counts(record: JsonRecord): JsonRecord {
  return compact({
    ...Object.fromEntries(Object.entries(record).filter(([, count]) => count !== 0)),
    input_tokens: record["input_tokens"] ?? 0,
    output_tokens: record["output_tokens"] ?? 0,
  });
}
