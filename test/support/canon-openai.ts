// The canonical form of Chat Completions documents.
import type { Json, JsonRecord } from "../../src/lib/json.ts";
import { compact, elements, isRecord, omit, unless, withoutNulls, type Canon } from "./canon.ts";

/** When the tests say that a reply was made, where the upstream did not. */
export const NOW = 1_800_000_000;

/** Canonical requests and replies. */
export const canonOpenai: Canon = { request, reply, withoutDemanded };

/**
 * Anthropic wants a limit, and a user to speak first; models that only take budgets want one of those, and one that cannot
 * reason does as it is told when it is told not to.
 */
function withoutDemanded(after: Json, before: Json): Json {
  if (!isRecord(after) || !isRecord(before)) return after;
  const switched = "reasoning_effort" in before || "reasoning" in before;
  if (before["reasoning_effort"] === "none" && !("reasoning_effort" in after)) {
    return withoutDemanded({ ...after, reasoning_effort: "none" }, before);
  }
  if (!switched && "reasoning_effort" in after) {
    return withoutDemanded(omit(after, "reasoning_effort"), before);
  }
  const limit = before["max_completion_tokens"] === undefined ? "max_completion_tokens" : "";
  const spoken = elements(after["messages"]).filter((message) => !isFiller(message));
  const filled = elements(before["messages"]).some(isFiller);
  return { ...omit(after, limit), messages: filled ? (after["messages"] ?? []) : spoken };
}

function isFiller(message: Json): boolean {
  const [part, ...others] = isRecord(message) ? elements(message["content"]) : [];
  return others.length === 0 && isRecord(part) && part["text"] === ".";
}

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
    messages: withoutSplitting(joinedUsers(messages(elements(given["messages"])))),
    tools: unless(tools),
    tool_choice: unless(toolChoice(given), "auto"),
    parallel_tool_calls: mayCall(given) ? unless(given["parallel_tool_calls"], true) : undefined,
    ...effort(given),
    prompt_cache_options: cacheOptions(given["prompt_cache_options"]),
    // `user` is the former name of the same id.
    user: undefined,
    safety_identifier: given["safety_identifier"] ?? given["user"],
    n: unless(given["n"], 1),
    stop: unless(typeof given["stop"] === "string" ? [given["stop"]] : given["stop"]),
    logprobs: unless(given["logprobs"], false),
    frequency_penalty: unless(given["frequency_penalty"], 0),
    presence_penalty: unless(given["presence_penalty"], 0),
    response_format: responseFormat(given["response_format"]),
  });
}

/** How many calls at once says nothing where none may be made. */
function mayCall(given: JsonRecord): boolean {
  return given["tool_choice"] !== "none";
}

/** Other vendors ask for reasoning by members of their own; switching it on without a word has no official form. */
function effort(given: JsonRecord): { readonly [key: string]: Json | undefined } {
  const { reasoning_effort: own, reasoning, thinking } = given;
  const routed = isRecord(reasoning) ? reasoning["effort"] : undefined;
  const isOff = isRecord(thinking) && thinking["type"] === "disabled";
  const rest = isRecord(thinking) ? omit(thinking, "type") : {};
  return {
    reasoning_effort: own ?? routed ?? (isOff ? "none" : undefined),
    reasoning: routed === undefined ? reasoning : undefined,
    thinking: Object.keys(rest).length === 0 ? undefined : rest,
  };
}

/** Elsewhere there is nothing but explicit breakpoints. */
function cacheOptions(value: Json | undefined): Json | undefined {
  if (!isRecord(value)) return value;
  const rest = compact({ ...value, mode: unless(value["mode"], "explicit") });
  return Object.keys(rest).length === 0 ? undefined : rest;
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

/** `function_call` is the former spelling, `any` another vendor's word for `required`. */
function toolChoice(given: JsonRecord): Json | undefined {
  const { tool_choice: choice, function_call: legacy } = given;
  if (choice === "any") return "required";
  return choice ?? (isRecord(legacy) ? { type: "function", function: legacy } : legacy);
}

function tool(value: Json): Json {
  if (!isRecord(value) || !isRecord(value["function"])) return value;
  const definition = withoutNulls(value["function"]);
  return {
    // There is no official place for a breakpoint on a tool.
    ...omit(value, "cache_control"),
    type: "function",
    function: compact({
      ...definition,
      description: unless(definition["description"], ""),
      strict: unless(definition["strict"], false),
    }),
  };
}

/** What a user says in several messages at once is one turn (R05). */
function joinedUsers(list: readonly Json[]): readonly Json[] {
  const joined: Json[] = [];
  for (const value of list) {
    const last = joined.at(-1);
    if (isPlainUser(value) && isPlainUser(last)) {
      const content = [...elements(last["content"]), ...elements(value["content"])];
      joined[joined.length - 1] = { ...last, content };
    } else joined.push(value);
  }
  return joined;
}

function isPlainUser(value: Json | undefined): value is JsonRecord {
  return isRecord(value) && value["role"] === "user" && Object.keys(value).length === 2;
}

/** Instructions at the top are one, in however many messages they come. */
function withoutSplitting(list: readonly Json[]): Json {
  const [first, second, ...rest] = list;
  if (!isRecord(first) || !isRecord(second)) return list;
  const instructs = first["role"] === "system" || first["role"] === "developer";
  if (!instructs || first["role"] !== second["role"] || "name" in first || "name" in second) {
    return list;
  }
  const content = [...elements(first["content"]), ...elements(second["content"])];
  return withoutSplitting([{ ...first, content }, ...rest]);
}

function messages(list: readonly Json[]): readonly Json[] {
  return list.map((value): Json => {
    if (!isRecord(value)) return value;
    const given = withReasoning(withoutBlanks(value));
    if (given["role"] === "function") {
      return { role: "tool", tool_call_id: MINTED, content: parts(given["content"]) ?? [] };
    }
    const answers = given["role"] === "tool";
    return compact({
      // The call says which tool is answered.
      ...omit(given, "function_call", answers ? "name" : ""),
      annotations: unless(given["annotations"]),
      // Another vendor's switch for continuing the message.
      prefix: unless(given["prefix"], false),
      tool_call_id:
        given["tool_call_id"] === undefined ? undefined : withoutMinted(given["tool_call_id"]),
      content: answers ? (parts(given["content"]) ?? []) : spoken(given),
      tool_calls: unless(callsOf(given).map(toolCall)),
    });
  });
}

/** Only what the user and the instructions say has a place for breakpoints. */
function spoken(message: JsonRecord): Json | undefined {
  const list = elements(parts(message["content"]));
  if (message["role"] !== "assistant") return unless(list);
  return unless(
    list.map((value) => (isRecord(value) ? omit(value, "prompt_cache_breakpoint") : value)),
  );
}

function parts(content: Json | undefined): Json | undefined {
  const list = typeof content === "string" ? [{ type: "text", text: content }] : elements(content);
  return unless(list.filter((value) => !isEmptyText(value) && !isFetched(value)).map(part));
}

/** Another vendor's documents by address have no official place. */
function isFetched(value: Json): boolean {
  const url = isRecord(value) ? value["document_url"] : undefined;
  return typeof url === "string" && !url.startsWith("data:");
}

/** Other vendors mark a breakpoint as Anthropic does, with a lifetime; OpenAI's own has one for all. */
function withBreakpoint(part: JsonRecord): JsonRecord {
  return "cache_control" in part
    ? { ...omit(part, "cache_control"), prompt_cache_breakpoint: { mode: "explicit" } }
    : part;
}

function isEmptyText(value: Json): boolean {
  if (!isRecord(value) || value["type"] !== "text") return false;
  return typeof value["text"] === "string" && value["text"].trim() === "";
}

function part(value: Json): Json {
  if (!isRecord(value)) return value;
  const given = withBreakpoint(withoutNulls(value));
  if (typeof given["document_url"] === "string") {
    // Another vendor's spelling of a file.
    return { type: "file", file: { file_data: given["document_url"] } };
  }
  const file = given["file"];
  if (isRecord(file)) return { ...given, file: withoutMadeUpName(file) };
  const image = given["image_url"];
  if (!isRecord(image)) return given;
  return { ...given, image_url: compact({ ...image, detail: unless(image["detail"], "auto") }) };
}

/** A file needs a name; the gateway makes one up where the source had none. */
function withoutMadeUpName(file: JsonRecord): JsonRecord {
  const name = file["filename"];
  return typeof name === "string" && /^document(?:-\d+)?\.pdf$/.test(name)
    ? omit(file, "filename")
    : file;
}

function toolCall(value: Json): Json {
  if (!isRecord(value)) return value;
  const given = withoutBlanks(value);
  const called = given["function"];
  const id = withoutMinted(given["id"] ?? MINTED);
  const kind = { ...omit(given, "index"), id, type: given["type"] ?? "function" };
  if (!isRecord(called)) return kind;
  const text = called["arguments"];
  const blank = typeof text === "string" && text.trim() === "";
  const args = blank || typeof text !== "string" ? "{}" : withoutSpace(text);
  return { ...kind, function: { ...called, arguments: args } };
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

/** Ids and times of the server go, and so does `object`, which never says anything else. */
function reply(body: Json): Json {
  if (!isRecord(body)) return body;
  const given = omit(withoutBlanks(body), "id", "object");
  return compact({
    // What a reply must name and some servers leave out.
    model: "model-asked-for",
    ...given,
    created: Number(given["created"] ?? NOW),
    choices: elements(given["choices"]).map(choice),
    usage: usage(given["usage"] ?? countsOf(given["x_groq"])),
  });
}

/** Where one vendor puts the usage of a stream. */
function countsOf(extra: Json | undefined): Json | undefined {
  const inside = isRecord(extra) ? extra["usage"] : undefined;
  if (!isRecord(inside)) return undefined;
  const { prompt_tokens: prompt, completion_tokens: completion } = inside;
  return compact({ prompt_tokens: prompt, completion_tokens: completion });
}

/** Some servers fill in what they do not have with empty strings, and with objects of nothing but empty strings. */
function withoutBlanks(record: JsonRecord): JsonRecord {
  const given = Object.entries(withoutNulls(record));
  const filled = given.filter(([key, value]) => !BLANKABLE.has(key) || !isBlank(value));
  return compact(Object.fromEntries(filled));
}

const BLANKABLE: ReadonlySet<string> = new Set([
  "audio",
  "content",
  "custom",
  "finish_reason",
  "function",
  "function_call",
  "id",
  "model",
  "name",
  "refusal",
  "service_tier",
  "system_fingerprint",
]);

function isBlank(value: Json): boolean {
  if (value === "" || value === 0) return true;
  return isRecord(value) && Object.keys(value).length > 0 && Object.values(value).every(isBlank);
}

function choice(value: Json): Json {
  if (!isRecord(value)) return value;
  const given: JsonRecord = { index: 0, ...withoutBlanks(value) };
  const said = isRecord(given["message"]) ? withoutNulls(given["message"]) : {};
  const calls = callsOf(said).length > 0;
  return compact({
    ...given,
    finish_reason: finishReason(given["finish_reason"], calls),
    logprobs: logprobs(given["logprobs"]),
    message: message(said),
  });
}

/** A turn that ends normally with calls ended because of them, whatever a server calls it (translation.md B.13). */
function finishReason(reason: Json = "stop", calls: boolean): Json {
  return calls && (reason === "stop" || reason === "function_call") ? "tool_calls" : reason;
}

function logprobs(value: Json | undefined): Json | undefined {
  if (!isRecord(value)) return value;
  const kept = withoutNulls(value);
  return Object.keys(kept).length === 0 ? undefined : kept;
}

function message(value: JsonRecord): Json {
  const given = withReasoning(withoutBlanks(value));
  return compact({
    role: "assistant",
    ...given,
    content: unless(given["content"], ""),
    refusal: unless(given["refusal"], ""),
    annotations: unless(annotations(given)),
    function_call: undefined,
    tool_calls: unless(callsOf(given).map(toolCall)),
  });
}

/** A citation without a range, or with an empty one, is of the whole text. */
function annotations(message: JsonRecord): readonly Json[] {
  const { content } = message;
  const length = typeof content === "string" ? Array.from(content).length : 0;
  return elements(message["annotations"]).map((annotation) => {
    const cited = isRecord(annotation) ? annotation["url_citation"] : undefined;
    if (!isRecord(annotation) || !isRecord(cited)) return annotation;
    const { start_index: start = 0, end_index: end = 0 } = cited;
    const whole = start === 0 && (end === 0 || end === length);
    return whole
      ? { ...annotation, url_citation: omit(cited, "start_index", "end_index") }
      : annotation;
  });
}

const REASONING = ["reasoning", "reasoning_content", "reasoning_details"] as const;

/** OpenAI has no place for reasoning; what others put there in several spellings is its text and its proofs. */
function withReasoning(given: JsonRecord): JsonRecord {
  const details = elements(given["reasoning_details"]).filter(isRecord);
  const texts = details.map((detail) => {
    const words = detail["text"] ?? detail["summary"];
    return typeof words === "string" ? words : "";
  });
  const plain = given["reasoning_content"] ?? given["reasoning"];
  const text = texts.some((part) => part !== "") ? texts.join("") : plain;
  const proofs = details.map((detail) => detail["signature"] ?? detail["data"] ?? null);
  return compact({
    ...omit(given, ...REASONING),
    reasoning: unless(text, ""),
    proofs: unless(proofs.filter((proof) => proof !== null && proof !== "")),
  });
}

/** `function_call` is the former spelling of a single call; it has no id. */
function callsOf(message: JsonRecord): readonly Json[] {
  const legacy = message["function_call"];
  if (isRecord(legacy) && legacy["name"] !== "") {
    return [{ id: MINTED, type: "function", function: legacy }];
  }
  return elements(message["tool_calls"]);
}

const MINTED = "call_0000000000000000";

/** Stands for an id that the gateway made up because the vendor gave none. */
function withoutMinted(id: Json): Json {
  return typeof id === "string" && /^call_[0-9a-f]{16}$/.test(id) ? MINTED : id;
}

/** The sums are left out, and other vendors' words for cached tokens are brought to OpenAI's. */
function usage(value: Json | undefined): Json | undefined {
  if (!isRecord(value)) return value;
  const given = withoutZeros(value);
  const { num_cached_tokens: mistral, prompt_cache_hit_tokens: deepseek } = given;
  const inside = given["prompt_tokens_details"];
  const details = isRecord(inside) ? omit(inside, "text_tokens") : {};
  const cached = details["cached_tokens"] ?? mistral ?? deepseek;
  const rest = omit(
    compact({ ...given, completion_tokens: unless(completionOf(given), 0) }),
    "total_tokens",
    "prompt_tokens_details",
    "num_cached_tokens",
    "prompt_cache_hit_tokens",
    "prompt_cache_miss_tokens",
  );
  const all = compact({ ...details, cached_tokens: cached });
  if (Object.keys(all).length > 0) return { ...rest, prompt_tokens_details: all };
  return Object.keys(rest).length === 0 ? undefined : rest;
}

/** Some vendors do not count reasoning as completion, which only their total shows. */
function completionOf(given: JsonRecord): Json {
  const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = given;
  const details = given["completion_tokens_details"];
  const reasoning = isRecord(details) ? details["reasoning_tokens"] : undefined;
  const numbers = [prompt, completion, total, reasoning].map((value) => Number(value ?? 0));
  const [input = 0, output = 0, sum = 0, thought = 0] = numbers;
  return thought > 0 && sum === input + output + thought ? output + thought : output;
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
