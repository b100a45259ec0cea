// The canonical form of Responses requests.
import { isStrictCompatible } from "../../src/protocols/kit/strict-schema.ts";
import type { Json, JsonRecord, JsonText } from "../../src/lib/json.ts";
import { compact, elements, isRecord, omit, unless, withoutNulls, words } from "./canon.ts";
import { placed, sourceOf, type Placed } from "./provenance.ts";

/** Brings a request into its canonical form. */
export function request(body: Json): Json {
  if (!isRecord(body)) return body;
  const given = withoutNulls(body);
  const tools = elements(given["tools"]).flatMap(tool);
  const { instructions: _leading, input: _items, ...rest } = given;
  return compact({
    ...omit(rest, "user", "background", "truncation"),
    // Instructions precede the input, as a message of the system would.
    input: inputOf(given).map(({ value }) => value),
    tools: unless(tools),
    tool_choice: unless(given["tool_choice"], "auto"),
    stream: unless(given["stream"], false),
    // How many calls at once says nothing where none may be made.
    parallel_tool_calls:
      given["tool_choice"] === "none" ? undefined : unless(given["parallel_tool_calls"], true),
    // `user` is the former name of the same id.
    safety_identifier: given["safety_identifier"] ?? given["user"],
    background: unless(given["background"], false),
    // Where nothing is ever stored there is nothing to switch off (B.11 R71).
    store: unless(given["store"], false),
    truncation: unless(given["truncation"], "disabled"),
    text: text(given["text"]),
    reasoning: reasoning(given["reasoning"]),
    include: include(given),
    top_logprobs: unless(given["top_logprobs"], 0),
  });
}

/** Turns a pointer into the canonical request back into one into the request as it was. */
export function origin(body: Json): (path: string) => string {
  return sourceOf(isRecord(body) ? inputOf(withoutNulls(body)) : [], "input");
}

function inputOf({ instructions, input }: JsonRecord): readonly Placed[] {
  return merged([...leading(instructions), ...items(input)]);
}

function leading(instructions: Json | undefined): readonly Placed[] {
  if (typeof instructions !== "string" || instructions === "") return [];
  const content = [{ type: "input_text", text: instructions }];
  return [placed({ role: "system", content }, "/instructions")];
}

const LOGPROBS = "message.output_text.logprobs";

/** Proofs of reasoning always come along; whoever wants the runners-up of tokens wants the tokens. */
function include({ include: words, top_logprobs: top }: JsonRecord): Json | undefined {
  const implied = typeof top === "number" && top > 0 ? [LOGPROBS] : [];
  const wanted = new Set([...implied, ...elements(words)]);
  return unless([...wanted].filter((word) => word !== "reasoning.encrypted_content"));
}

function text(value: Json | undefined): Json | undefined {
  if (!isRecord(value)) return value;
  const given = withoutNulls(value);
  const format = isRecord(given["format"]) ? withoutNulls(given["format"]) : given["format"];
  const isText = isRecord(format) && format["type"] === "text";
  const shape = isRecord(format)
    ? compact({ ...format, strict: unless(format["strict"], false) })
    : format;
  const kept = compact({ ...given, format: isText ? undefined : shape });
  return Object.keys(kept).length === 0 ? undefined : kept;
}

/** Any word for a summary asks for one (B.6 R59). */
function reasoning(value: Json | undefined): Json | undefined {
  if (!isRecord(value)) return value;
  const { generate_summary: former, ...given } = withoutNulls(value);
  const wanted = given["summary"] ?? former;
  const kept = compact({
    ...given,
    mode: unless(given["mode"], "standard"),
    summary: wanted === undefined ? undefined : "auto",
  });
  return Object.keys(kept).length === 0 ? undefined : kept;
}

/** Absent means on, for schemas that strict mode takes. */
function tool(value: Json): readonly Json[] {
  if (!isRecord(value)) return [value];
  const given = withoutNulls(value);
  if (given["type"] === "namespace") {
    return [{ ...given, tools: elements(given["tools"]).flatMap(tool) }];
  }
  if (given["type"] === "custom") {
    return [compact({ ...given, defer_loading: unless(given["defer_loading"], false) })];
  }
  if (given["type"] !== "function") return [given];
  const parameters = given["parameters"];
  const schema = parameters === undefined ? undefined : (JSON.stringify(parameters) as JsonText);
  return [
    compact({
      ...given,
      // An empty description is none.
      description: unless(given["description"], ""),
      parameters: parameters ?? { type: "object", properties: {} },
      strict: given["strict"] ?? isStrictCompatible(schema),
      defer_loading: unless(given["defer_loading"], false),
    }),
  ];
}

function items(input: Json | undefined): readonly Placed[] {
  if (typeof input === "string") {
    return [placed({ role: "user", content: parts(input) }, "/input")];
  }
  return elements(input).flatMap((value, at): Placed[] => {
    const canonical = isRecord(value) ? item(withoutNulls(value)) : value;
    return saysSomething(canonical) ? [placed(canonical, `/input/${at}`)] : [];
  });
}

/** A message without words says nothing, and neither does reasoning of which nothing is shown or proven. */
function saysSomething(value: Json): boolean {
  if (isRecord(value) && value["type"] === "reasoning") return Object.keys(value).length > 1;
  return !isMessage(value) || elements(value["content"]).length > 0;
}

/** Ids and states are the server's, except where they are all that an item holds. */
function item(given: JsonRecord): Json {
  const type = words(given["type"] ?? ("role" in given ? "message" : "item_reference"));
  const bare = omit(given, "id", "status");
  switch (type) {
    case "message":
      return { ...omit(bare, "type"), content: unlessEmpty(parts(bare["content"])) };
    case "function_call":
      return compact({ ...bare, arguments: argumentsOf(bare["arguments"]) });
    case "custom_tool_call":
    case "image_generation_call":
      return bare;
    case "function_call_output":
    case "custom_tool_call_output":
      return { ...bare, output: unlessEmpty(parts(bare["output"])) };
    case "reasoning":
      return compact({
        ...bare,
        summary: unless(elements(bare["summary"])),
        content: unless(elements(bare["content"])),
      });
    default:
      // References need not say that they are.
      return { ...given, type };
  }
}

function unlessEmpty(list: readonly Json[]): readonly Json[] {
  return list.filter((part) => !isRecord(part) || part["text"] !== "");
}

function argumentsOf(value: Json | undefined): Json | undefined {
  if (typeof value !== "string") return value;
  if (value.trim() === "") return "{}";
  try {
    return JSON.stringify(JSON.parse(value));
  } catch {
    return value;
  }
}

function parts(content: Json | undefined): readonly Json[] {
  const list =
    typeof content === "string" ? [{ type: "input_text", text: content }] : elements(content);
  return list.map((value) => {
    if (!isRecord(value)) return value;
    const given = withoutNulls(value);
    const type =
      given["type"] === "output_text" || given["type"] === "text" ? "input_text" : given["type"];
    const bare = omit(given, "logprobs");
    return compact({
      ...bare,
      type,
      annotations: unless(bare["annotations"]),
      detail: unless(bare["detail"], "auto"),
      filename: madeUp(bare["filename"]) ? undefined : bare["filename"],
    });
  });
}

/** A file needs a name; the gateway makes one up where the source had none. */
function madeUp(name: Json | undefined): boolean {
  return typeof name === "string" && /^document(?:-\d+)?\.\w+$/.test(name);
}

/** Neighbouring messages of one role are one turn (R05). */
function merged(list: readonly Placed[]): readonly Placed[] {
  const turns: Placed[] = [];
  for (const next of list.map(withParts)) {
    const last = turns.at(-1);
    const { value } = next;
    if (
      last !== undefined &&
      isMessage(last.value) &&
      isMessage(value) &&
      joins(last.value, value)
    ) {
      const before = elements(last.value["content"]);
      const content = [...before, ...elements(value["content"])];
      const moved = next.origins.flatMap(([below, source]): [string, string][] => {
        const found = /^\/content\/(\d+)$/.exec(below);
        return found === null ? [] : [[`/content/${before.length + Number(found[1])}`, source]];
      });
      turns[turns.length - 1] = {
        value: { ...last.value, content },
        origins: [...last.origins, ...moved],
      };
    } else turns.push(next);
  }
  return turns;
}

/** A message with the places of its parts. */
function withParts({ value, origins }: Placed): Placed {
  const [whole] = origins;
  if (!isMessage(value) || whole === undefined) return { value, origins };
  const [, path] = whole;
  const listed = path.startsWith("/input/");
  const own = elements(value["content"]).map((_, at): [string, string] => [
    `/content/${at}`,
    listed ? `${path}/content/${at}` : path,
  ]);
  return { value, origins: [whole, ...own] };
}

function joins(last: JsonRecord, next: JsonRecord): boolean {
  return last["role"] === next["role"] && isPlain(last) && isPlain(next);
}

function isMessage(value: Json | undefined): value is JsonRecord {
  return isRecord(value) && "role" in value && value["type"] === undefined;
}

function isPlain(message: JsonRecord): boolean {
  return Object.keys(message).length === 2;
}

/** What only the other dialect demanded: a limit, a user who speaks first, strictness said aloud. */
export function withoutDemanded(after: Json, before: Json): Json {
  if (!isRecord(after) || !isRecord(before)) return after;
  const limit = before["max_output_tokens"] === undefined ? "max_output_tokens" : "";
  const filled = elements(before["input"]).some((message) => fillers(message) > 0);
  return compact({
    ...omit(after, limit),
    // Where nothing is cached but what is marked, that goes without saying.
    prompt_cache_options: after["prompt_cache_options"] ?? onlyMarked(before),
    reasoning: withoutEffort(after["reasoning"], before["reasoning"]),
    ...withoutLines(
      {
        ...after,
        input: filled ? (after["input"] ?? []) : elements(after["input"]).flatMap(withoutFillers),
      },
      linesIn(before),
    ),
  });
}

const JSON_LINE = "Answer with one JSON object.";

function linesIn(request: Json): number {
  return JSON.stringify(request).split(JSON_LINE).length - 1;
}

/** Whoever asks for JSON must say so in words as well, of which others know nothing. `said`: how often it was said. */
function withoutLines({ instructions, input }: JsonRecord, said: number): JsonRecord {
  let left = said;
  const without = (message: Json): Json => {
    if (!isRecord(message)) return message;
    const content = elements(message["content"]);
    const kept = content.filter((part) => {
      if (!isRecord(part) || part["text"] !== JSON_LINE) return true;
      left -= 1;
      return left >= 0;
    });
    return kept.length === content.length ? message : { ...message, content: kept };
  };
  const top = instructions === undefined ? undefined : without(instructions);
  return compact({ instructions: top, input: elements(input).map(without) });
}

function onlyMarked({ prompt_cache_options: options }: JsonRecord): Json | undefined {
  const keys = isRecord(options) ? Object.keys(options) : [];
  return isRecord(options) && keys.length === 1 && options["mode"] === "explicit"
    ? options
    : undefined;
}

/**
 * Whoever wants to see the reasoning needs a budget for it elsewhere; a model that cannot reason does as it is told when it
 * is told not to.
 */
function withoutEffort(after: Json | undefined, before: Json | undefined): Json | undefined {
  if (after === undefined && isRecord(before) && before["effort"] === "none") return before;
  const implied = isRecord(before) && before["effort"] === undefined && "summary" in before;
  return isRecord(after) && implied ? omit(after, "effort") : after;
}

function isFiller(part: Json): boolean {
  return isRecord(part) && part["text"] === ".";
}

function fillers(message: Json): number {
  return isRecord(message) ? elements(message["content"]).filter(isFiller).length : 0;
}

/** A filler stands alone, or has joined the words beside it. */
function withoutFillers(message: Json): readonly Json[] {
  if (!isRecord(message) || fillers(message) === 0) return [message];
  const content = elements(message["content"]).filter((part) => !isFiller(part));
  return content.length === 0 ? [] : [{ ...message, content }];
}
