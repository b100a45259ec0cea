// The canonical form of Messages documents.
import type { Json, JsonRecord } from "../../src/lib/json.ts";
import { compact, elements, isRecord, omit, unless, withoutNulls, type Canon } from "./canon.ts";

/** Canonical requests and replies. */
export const canonAnthropic: Canon = { request, reply, origin };

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
  });
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
    usage: isRecord(given["usage"]) ? withoutZeros(given["usage"]) : undefined,
  });
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
