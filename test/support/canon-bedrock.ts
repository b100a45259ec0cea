// The canonical form of Converse documents.
import type { Json, JsonRecord } from "../../src/lib/json.ts";
import { compact, elements, isRecord, omit, unless, withoutNulls, type Canon } from "./canon.ts";

/** Canonical requests and replies. */
export const canonBedrock: Canon = { request, reply, withoutDemanded };

/** Whoever forces an answer elsewhere needs a limit; conversations begin with a user. */
function withoutDemanded(after: Json, before: Json): Json {
  if (!isRecord(after) || !isRecord(before)) return after;
  const had = isRecord(before["inferenceConfig"]) && "maxTokens" in before["inferenceConfig"];
  const config = isRecord(after["inferenceConfig"]) ? after["inferenceConfig"] : {};
  const kept = had ? config : omit(config, "maxTokens");
  const filled = elements(before["messages"]).some(isFiller);
  const messages = elements(after["messages"]);
  return compact({
    ...after,
    additionalModelRequestFields: withoutAdapting(after, before),
    inferenceConfig: Object.keys(kept).length === 0 ? undefined : kept,
    messages: filled ? messages : messages.filter((message) => !isFiller(message)),
  });
}

/** Whoever asks for an effort asks for reasoning, which Claude does as it sees fit. */
function withoutAdapting(after: JsonRecord, before: JsonRecord): Json | undefined {
  const family = after["additionalModelRequestFields"];
  if (!isRecord(family) || "additionalModelRequestFields" in before) return family;
  const { thinking } = family;
  const implied = isRecord(thinking) && thinking["type"] === "adaptive" && "outputConfig" in before;
  return emptied(implied ? omit(family, "thinking") : family);
}

function isFiller(message: Json): boolean {
  const [part, ...others] = isRecord(message) ? elements(message["content"]) : [];
  return others.length === 0 && isRecord(part) && part["text"] === ".";
}

function request(body: Json): Json {
  if (!isRecord(body)) return body;
  const given = withoutNulls(body);
  return compact({
    // The path names the model.
    ...omit(given, "modelId"),
    system: unless(blocks(given["system"])),
    messages: merged(elements(given["messages"]).map(message)),
    inferenceConfig: emptied(given["inferenceConfig"]),
    ...reasoning(given),
    toolConfig: toolConfig(given["toolConfig"]),
  });
}

/** Families have members of their own for what the protocol says as well. */
function reasoning(given: JsonRecord): { readonly [key: string]: Json | undefined } {
  const family = isRecord(given["additionalModelRequestFields"])
    ? given["additionalModelRequestFields"]
    : {};
  const output = isRecord(given["outputConfig"]) ? given["outputConfig"] : {};
  const { reasoning_effort: word, k, inferenceConfig: config, ...others } = family;
  const nested = isRecord(config) ? config["topK"] : undefined;
  const rest = compact({ ...others, top_k: others["top_k"] ?? k ?? nested });
  const format = isRecord(output["textFormat"]) ? textFormat(output["textFormat"]) : undefined;
  return {
    additionalModelRequestFields: emptied(rest),
    outputConfig: emptied(
      compact({ ...output, effort: output["effort"] ?? word, textFormat: format }),
    ),
  };
}

/** The schema is a text, whose white space says nothing. */
function textFormat(format: JsonRecord): Json {
  const structure = isRecord(format["structure"]) ? format["structure"] : {};
  const inner = isRecord(structure["jsonSchema"]) ? structure["jsonSchema"] : {};
  const text = inner["schema"];
  const schema: Json = typeof text === "string" ? JSON.parse(text) : null;
  return { ...format, structure: { jsonSchema: { ...inner, schema } } };
}

/** Neighbours of one role are one turn to the models. */
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

/** An object of nothing says nothing, and neither does an empty list in it. */
function emptied(value: Json | undefined): Json | undefined {
  if (!isRecord(value)) return value;
  const kept = compact(
    Object.fromEntries(
      Object.entries(withoutNulls(value)).map(([key, inner]) => [key, unless(inner)]),
    ),
  );
  return Object.keys(kept).length === 0 ? undefined : kept;
}

function toolConfig(value: Json | undefined): Json | undefined {
  if (!isRecord(value)) return value;
  const choice = value["toolChoice"];
  const isAuto = isRecord(choice) && "auto" in choice;
  return compact({
    ...value,
    tools: elements(value["tools"]).map(tool),
    toolChoice: isAuto ? undefined : choice,
  });
}

function tool(value: Json): Json {
  const spec = isRecord(value) ? value["toolSpec"] : undefined;
  if (!isRecord(value) || !isRecord(spec)) return cachePoint(value);
  const given = withoutNulls(spec);
  return {
    ...value,
    toolSpec: compact({
      ...given,
      // An empty description is none.
      description: unless(given["description"], ""),
      strict: unless(given["strict"], false),
      inputSchema: schema(given["inputSchema"]),
    }),
  };
}

/** Parameters are an object, said or not. */
function schema(value: Json | undefined): Json | undefined {
  const inner = isRecord(value) ? value["json"] : undefined;
  if (!isRecord(inner)) return value;
  return {
    json:
      Object.keys(inner).length === 0
        ? { type: "object", properties: {} }
        : { type: "object", ...inner },
  };
}

function message(value: Json): Json {
  return isRecord(value) ? { ...value, content: blocks(value["content"]) } : value;
}

function blocks(content: Json | undefined): readonly Json[] {
  return elements(content).map(block);
}

/** Five minutes are the default lifetime. */
function cachePoint(value: Json): Json {
  const point = isRecord(value) ? value["cachePoint"] : undefined;
  if (!isRecord(value) || !isRecord(point)) return value;
  return { ...value, cachePoint: compact({ ...point, ttl: unless(point["ttl"], "5m") }) };
}

function block(value: Json): Json {
  if (!isRecord(value)) return value;
  const given = withoutNulls(cachePoint(value) as JsonRecord);
  const { toolResult, toolUse, reasoningContent: reasoning } = given;
  if (isRecord(toolResult)) {
    const result = withoutNulls(toolResult);
    const status = unless(result["status"], "success");
    return { toolResult: compact({ ...result, status, content: blocks(result["content"]) }) };
  }
  if (isRecord(toolUse)) return { toolUse: withoutNulls(toolUse) };
  const inner = isRecord(reasoning) ? reasoning["reasoningText"] : undefined;
  if (isRecord(inner)) {
    const kept = withoutNulls(inner);
    const signature = unless(kept["signature"], "");
    return { reasoningContent: { reasoningText: compact({ ...kept, signature }) } };
  }
  return given;
}

/** Times are the server's; counts of nothing say nothing. */
function reply(body: Json): Json {
  if (!isRecord(body)) return body;
  const given = withoutNulls(body);
  const output = isRecord(given["output"]) ? given["output"] : {};
  const said = isRecord(output["message"]) ? output["message"] : {};
  const content = blocks(said["content"]).filter((part) => !isRecord(part) || part["text"] !== "");
  return compact({
    ...given,
    // Some recordings lack what every reply has.
    metrics: given["metrics"] ?? { latencyMs: 0 },
    output: { message: { role: "assistant", content } },
    usage: usage(given["usage"]),
  });
}

function usage(value: Json | undefined): Json | undefined {
  if (!isRecord(value)) return { inputTokens: 0, outputTokens: 0, totalTokens: 0 };
  const given = omit(withoutNulls(value), "cacheReadInputTokenCount", "cacheWriteInputTokenCount");
  return compact({
    ...Object.fromEntries(Object.entries(given).filter(([, count]) => !isNothing(count))),
    inputTokens: given["inputTokens"] ?? 0,
    outputTokens: given["outputTokens"] ?? 0,
    cacheDetails: unless(
      elements(given["cacheDetails"]).filter((row) => !isRecord(row) || row["inputTokens"] !== 0),
    ),
    // Some models count what they read from the cache here as well.
    totalTokens: totalOf(given),
  });
}

/** Counts of nothing, by whatever name. */
function isNothing(value: Json): boolean {
  return value === 0 || (isRecord(value) && Object.values(value).every(isNothing));
}

function totalOf(given: JsonRecord): Json {
  const counts = ["inputTokens", "outputTokens", "cacheReadInputTokens", "cacheWriteInputTokens"];
  return counts.reduce((sum, key) => sum + Number(given[key] ?? 0), 0);
}
