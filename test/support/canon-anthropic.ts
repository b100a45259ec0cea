// The canonical form of Messages documents.
import type { Json, JsonRecord } from "../../src/lib/json.ts";
import {
  compact,
  elements,
  isRecord,
  omit,
  unless,
  withoutNulls,
  type Canon,
  words,
} from "./canon.ts";

/** Canonical requests and replies. */
export const canonAnthropic: Canon = { request, reply, streamed, origin, withoutDemanded };

/** Whoever asks for an effort elsewhere asks for reasoning. */
function withoutDemanded(after: Json, before: Json): Json {
  if (!isRecord(after) || !isRecord(before) || "thinking" in before) return after;
  const thinking = after["thinking"];
  const implied = isRecord(thinking) && thinking["type"] === "adaptive";
  return implied && "output_config" in before ? omit(after, "thinking") : after;
}

/** Where a place in the canonical request stood in the request itself, whose turns were not merged yet. */
function origin(body: Json): (path: string) => string {
  const turns: string[][] = [];
  let role: Json | undefined;
  const list = isRecord(body) ? elements(body["messages"]) : [];
  for (const [index, value] of list.entries()) {
    const own = isRecord(value) ? value["role"] : undefined;
    const content = isRecord(value) ? value["content"] : undefined;
    const whole = typeof content === "string";
    const places = whole
      ? [`/messages/${index}/content`]
      : elements(content).map((_, at) => `/messages/${index}/content/${at}`);
    if (own === role) turns.at(-1)?.push(...places);
    else turns.push(places);
    role = own;
  }
  return (path) => {
    const found = /^\/messages\/(\d+)\/content\/(\d+)/.exec(path);
    const place = found === null ? undefined : turns[Number(found[1])]?.[Number(found[2])];
    return found === null || place === undefined ? path : place + path.slice(found[0].length);
  };
}

function request(body: Json): Json {
  if (!isRecord(body)) return body;
  const given = withoutNulls(body);
  const tools = elements(given["tools"]).map(tool);
  return compact({
    ...given,
    system: unless(blocks(given["system"])),
    messages: merged(elements(given["messages"]).map(message)),
    tools: unless(tools),
    tool_choice: toolChoice(given["tool_choice"]),
    stream: unless(given["stream"], false),
    stop_sequences: unless(given["stop_sequences"]),
    cache_control: cacheControl(given["cache_control"]),
    // `output_format` is the former place of the format.
    output_format: undefined,
    output_config: outputConfig(given),
  });
}

function outputConfig(given: JsonRecord): Json | undefined {
  const config = isRecord(given["output_config"]) ? given["output_config"] : {};
  const whole = compact({ ...config, format: config["format"] ?? given["output_format"] });
  return Object.keys(whole).length === 0 ? undefined : whole;
}

function toolChoice(value: Json | undefined): Json | undefined {
  if (!isRecord(value)) return value;
  const given = compact({
    ...value,
    disable_parallel_tool_use: unless(value["disable_parallel_tool_use"], false),
  });
  return given["type"] === "auto" && Object.keys(given).length === 1 ? undefined : given;
}

/** `custom` is the default type, and five minutes the default lifetime. */
function tool(value: Json): Json {
  if (!isRecord(value)) return value;
  const given = withoutNulls(value);
  return compact({
    ...given,
    type: unless(given["type"], "custom"),
    description: unless(given["description"], ""),
    cache_control: cacheControl(given["cache_control"]),
    strict: unless(given["strict"], false),
  });
}

function cacheControl(value: Json | undefined): Json | undefined {
  if (!isRecord(value)) return value;
  return compact({ ...value, ttl: unless(value["ttl"], "5m") });
}

function message(value: Json): Json {
  if (!isRecord(value)) return value;
  return compact({ ...value, content: blocks(value["content"]) });
}

/** Neighbours of one role are one turn to the API. */
function merged(list: readonly Json[]): Json {
  const turns: Json[] = [];
  for (const value of list) {
    const last = turns.at(-1);
    if (isRecord(value) && isRecord(last) && value["role"] === last["role"]) {
      const content = [...elements(last["content"]), ...elements(value["content"])];
      turns[turns.length - 1] = { ...last, content };
    } else turns.push(value);
  }
  return turns;
}

function blocks(content: Json | undefined): readonly Json[] {
  const list = typeof content === "string" ? [{ type: "text", text: content }] : elements(content);
  return list.map(block);
}

function block(value: Json): Json {
  if (!isRecord(value)) return value;
  const given = withoutNulls(value);
  const cached = compact({
    ...given,
    title: given["type"] === "document" ? withoutEnding(given["title"]) : given["title"],
    source: source(given["source"]),
    cache_control: cacheControl(given["cache_control"]),
    citations: unless(given["citations"]),
  });
  if (given["type"] === "tool_result") {
    return compact({
      ...cached,
      content: unless(blocks(given["content"])),
      is_error: unless(given["is_error"], false),
    });
  }
  // Who called is the model itself unless the block says otherwise.
  const direct = given["type"] === "tool_use" && isDirect(given["caller"]);
  return direct ? omit(cached, "caller") : cached;
}

/** A file elsewhere needs a name that ends like one; a document without a title gets one there. */
function withoutEnding(title: Json | undefined): Json | undefined {
  if (typeof title !== "string") return title;
  const bare = title.replace(/\.pdf$/, "");
  return unless(bare, "document");
}

/** The bytes say better than the sender what they are. */
function source(value: Json | undefined): Json | undefined {
  if (!isRecord(value) || typeof value["data"] !== "string") return value;
  return value["data"].startsWith("/9j/") ? { ...value, media_type: "image/jpeg" } : value;
}

function isDirect(value: Json | undefined): boolean {
  return isRecord(value) && value["type"] === "direct" && Object.keys(value).length === 1;
}

/** The server's id goes, and so do `type` and `role`, which never say anything else. */
function reply(body: Json): Json {
  if (!isRecord(body)) return body;
  const given = omit(withoutNulls(body), "id", "type", "role");
  return compact({
    ...given,
    content: blocks(given["content"]),
    usage: isRecord(given["usage"]) ? withoutZeros(withCompaction(given["usage"])) : undefined,
  });
}

/** The counts outside leave out what compaction cost; a reader of usage adds the entries up. */
function withCompaction(usage: JsonRecord): JsonRecord {
  const entries = elements(usage["iterations"]).filter(isRecord);
  if (!entries.some((entry) => entry["type"] === "compaction")) return usage;
  const total = (key: string): number =>
    entries.reduce((sum, entry) => sum + (typeof entry[key] === "number" ? entry[key] : 0), 0);
  const counts = ["input_tokens", "output_tokens", "cache_read_input_tokens"];
  return { ...usage, ...Object.fromEntries(counts.map((key) => [key, total(key)])) };
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

/**
 * A text that has gone out before its citations came cannot be cut at their edges any more: they then stand on the whole of it.
 * Joined again, both forms say the same.
 */
function streamed(body: Json): Json {
  const canonical = reply(body);
  if (!isRecord(canonical)) return canonical;
  const content: Json[] = [];
  for (const block of elements(canonical["content"])) {
    const last = content.at(-1);
    if (isText(last) && isText(block)) content[content.length - 1] = joinedText(last, block);
    else content.push(isText(block) ? joinedText(block, { type: "text", text: "" }) : block);
  }
  return { ...canonical, content };
}

function isText(block: Json | undefined): block is JsonRecord {
  return isRecord(block) && block["type"] === "text";
}

function joinedText(first: JsonRecord, second: JsonRecord): Json {
  const citations = [first, second].flatMap((block) => elements(block["citations"]));
  const texts = new Map(citations.map((citation) => [JSON.stringify(citation), citation]));
  const sorted = [...texts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
  return compact({
    ...first,
    text: words(first["text"]) + words(second["text"]),
    citations: unless(sorted),
  });
}
