// The canonical form of generateContent documents.
import type { Json, JsonRecord } from "../../src/lib/json.ts";
import { compact, elements, isRecord, omit, unless, withoutNulls, type Canon } from "./canon.ts";
import { NOW } from "./canon-openai.ts";
import { foldChunks, joinedParts } from "./fold-gemini.ts";

/** Canonical requests and replies. */
export const canonGemini: Canon = { request, reply, streamed, withoutDemanded, origin };

/** Whoever forces an answer elsewhere needs a limit; conversations begin with a user. */
function withoutDemanded(after: Json, before: Json): Json {
  if (!isRecord(after) || !isRecord(before)) return after;
  const had =
    isRecord(before["generationConfig"]) && "maxOutputTokens" in before["generationConfig"];
  const config = isRecord(after["generationConfig"]) ? after["generationConfig"] : {};
  const filled = elements(before["contents"]).some(isFiller);
  const contents = elements(after["contents"]);
  return compact({
    ...after,
    generationConfig: withoutBudget(
      emptied(had ? config : omit(config, "maxOutputTokens")) ?? {},
      before["generationConfig"],
    ),
    contents: filled ? contents : contents.filter((content) => !isFiller(content)),
  });
}

/** Whoever may think needs a budget for it elsewhere; a model that cannot does as it is told when it is told not to. */
function withoutBudget(after: JsonRecord, before: Json | undefined): Json | undefined {
  const had = isRecord(before) ? before["thinkingConfig"] : undefined;
  const has = isRecord(after["thinkingConfig"]) ? after["thinkingConfig"] : {};
  const isSet = isRecord(had) && ("thinkingBudget" in had || "thinkingLevel" in had);
  const isOff = isRecord(had) && had["thinkingBudget"] === 0 && !("thinkingBudget" in has);
  const kept = isOff ? { ...has, thinkingBudget: 0 } : isSet ? has : omit(has, "thinkingBudget");
  return emptied({ ...omit(after, "thinkingConfig"), thinkingConfig: emptied(kept) ?? null });
}

function isFiller(content: Json): boolean {
  const [part, ...others] = isRecord(content) ? elements(content["parts"]) : [];
  return others.length === 0 && isRecord(part) && part["text"] === ".";
}

/** Members whose content is the caller's own. */
const FREE: ReadonlySet<string> = new Set([
  "args",
  "response",
  "parameters",
  "parametersJsonSchema",
  "responseSchema",
  "responseJsonSchema",
  "labels",
  "customMetadata",
]);

/** The server takes both spellings. */
function camel(value: Json): Json {
  if (Array.isArray(value)) return value.map(camel);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const name = key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      return [name, FREE.has(name) ? inner : camel(inner)];
    }),
  );
}

function request(body: Json): Json {
  const given = camel(body);
  if (!isRecord(given)) return given;
  const offered = tools(given["tools"]);
  return compact({
    // The path names the model.
    ...omit(withoutNulls(given), "model"),
    systemInstruction: system(given["systemInstruction"]),
    contents: merged(listOf(given["contents"]).map(content)),
    generationConfig: config(given["generationConfig"]),
    tools: unless(offered.list),
    toolConfig: toolConfig(given["toolConfig"], offered),
    safetySettings: unless(given["safetySettings"]),
    // What a server does without being told.
    store: unless(given["store"], false),
  });
}

/** One value may stand without a list around it. */
function listOf(value: Json | undefined): readonly Json[] {
  return isRecord(value) ? [value] : elements(value);
}

/** Whatever role is given, it is the instructions'. */
function system(value: Json | undefined): Json | undefined {
  if (typeof value === "string") return { parts: [{ text: value }] };
  if (!isRecord(value)) return undefined;
  const parts = listOf(value["parts"]);
  return parts.length === 0 ? undefined : { parts };
}

function content(value: Json): Json {
  if (!isRecord(value)) return value;
  const role = value["role"] === "model" ? "model" : "user";
  const parts = listOf(value["parts"]).map(part);
  const said = parts.filter((each) => !isNothing(each));
  // A user who says nothing is given a point, where that is not allowed.
  const isFilled = said.length > 0 || role === "model";
  return compact({ ...value, role, parts: isFilled ? said : [{ text: "." }] });
}

/** A part without words, which carries nothing; some targets refuse white space (translation.md B.1 R05, empties). */
function isNothing(value: Json): boolean {
  if (!isRecord(value) || Object.keys(value).length !== 1) return false;
  const { text } = value;
  return typeof text === "string" && text.trim() === "";
}

/** Neighbours of one role are one turn to the models. */
function merged(list: readonly Json[]): Json {
  const turns: Json[] = [];
  for (const value of list) {
    const last = turns.at(-1);
    if (isRecord(value) && elements(value["parts"]).length === 0) continue;
    if (isRecord(value) && isRecord(last) && value["role"] === last["role"]) {
      const parts = [...elements(last["parts"]), ...elements(value["parts"])];
      turns[turns.length - 1] = { ...last, parts };
    } else turns.push(value);
  }
  return turns;
}

/** Where the parts of the canonical contents stand in a request. */
function origin(body: Json): (path: string) => string {
  const given = camel(body);
  const contents = isRecord(given) ? listOf(given["contents"]) : [];
  const places: { role: Json; parts: string[] }[] = [];
  for (const [at, value] of contents.entries()) {
    const made = content(value);
    const role = isRecord(made) ? (made["role"] ?? null) : null;
    const raws = isRecord(value) ? listOf(value["parts"]) : [];
    const parts = raws.flatMap((raw, index) =>
      isNothing(part(raw)) ? [] : [`/contents/${at}/parts/${index}`],
    );
    if (parts.length === 0 && role === "model") continue;
    if (parts.length === 0) parts.push(`/contents/${at}/parts/0`);
    const last = places.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else places.push({ role, parts });
  }
  return (path) => {
    const [, content = "", index] = /^\/contents\/(\d+)(?:\/parts\/(\d+))?/.exec(path) ?? [];
    const parts = places[Number(content)]?.parts;
    if (content === "" || parts === undefined) return path;
    if (index === undefined)
      return path.replace(/^\/contents\/\d+/, (parts[0] ?? path).replace(/\/parts.*$/, ""));
    const found = parts[Number(index)] ?? parts.at(-1) ?? path;
    return path.replace(/^\/contents\/\d+\/parts\/\d+/, found);
  };
}

const MIMES: Readonly<Record<string, string>> = {
  "image/jpg": "image/jpeg",
  "audio/mp3": "audio/mpeg",
  "audio/x-wav": "audio/wav",
};

function part(value: Json): Json {
  if (!isRecord(value)) return value;
  const given = withoutNulls(value);
  const { functionCall: call, functionResponse: answer, inlineData: data, fileData: file } = given;
  return compact({
    ...given,
    thought: unless(given["thought"], false),
    functionCall: isRecord(call) ? { ...withoutMinted(call), args: call["args"] ?? {} } : call,
    functionResponse: isRecord(answer) ? result(answer) : answer,
    inlineData: isRecord(data) ? media(data) : data,
    fileData: isRecord(file) ? media(file) : file,
  });
}

/** What a picture is by its first bytes, whatever it is called. */
function pictureOf(base64: string): string | undefined {
  const heads = { iVBORw0KGgo: "image/png", "/9j/": "image/jpeg", R0lGOD: "image/gif" };
  return Object.entries(heads).find(([head]) => base64.startsWith(head))?.[1];
}

function media(data: JsonRecord): Json {
  const { mimeType: mime, data: base64 } = data;
  const told = typeof mime === "string" ? (MIMES[mime.toLowerCase()] ?? mime.toLowerCase()) : mime;
  if (typeof base64 !== "string") return compact({ ...data, mimeType: told });
  // Bytes are read in both alphabets.
  const standard = base64.replaceAll("-", "+").replaceAll("_", "/");
  return compact({ ...data, data: standard, mimeType: pictureOf(standard) ?? told });
}

function result(answer: JsonRecord): Json {
  const parts = elements(answer["parts"]).map(part);
  return compact({ ...withoutMinted(answer), parts: unless(parts) });
}

/** An id that the gateway made up because there was none. */
function withoutMinted(record: JsonRecord): JsonRecord {
  const { id } = record;
  const isMade = typeof id === "string" && (id === "" || id.startsWith("gw_"));
  return isMade ? omit(record, "id") : record;
}

/** An object of nothing says nothing, and neither does an empty list in it. */
function emptied(value: Json | undefined): JsonRecord | undefined {
  if (!isRecord(value)) return undefined;
  const kept = compact(
    Object.fromEntries(
      Object.entries(withoutNulls(value)).map(([key, inner]) => [key, unless(inner)]),
    ),
  );
  return Object.keys(kept).length === 0 ? undefined : kept;
}

function config(value: Json | undefined): Json | undefined {
  const given = emptied(value);
  if (given === undefined) return undefined;
  const older = given["responseSchema"];
  const schema =
    given["responseJsonSchema"] ?? (older === undefined ? undefined : plainSchema(older));
  return emptied(
    compact({
      ...omit(given, "responseSchema"),
      responseJsonSchema: schema,
      // Whoever gives a schema wants JSON.
      responseMimeType:
        schema === undefined ? unless(given["responseMimeType"], "text/plain") : undefined,
      candidateCount: unless(given["candidateCount"], 1),
      responseLogprobs: unless(given["responseLogprobs"], false),
      frequencyPenalty: unless(given["frequencyPenalty"], 0),
      presencePenalty: unless(given["presencePenalty"], 0),
      // Words are always part of the answer.
      responseModalities: unless(
        elements(given["responseModalities"]).filter((word) => word !== "TEXT"),
      ),
      thinkingConfig: thinking(given["thinkingConfig"]),
    }),
  );
}

/** Thoughts are hidden unless somebody asks for them, and as many as the model likes. */
function thinking(value: Json | undefined): Json | undefined {
  const given = emptied(value);
  if (given === undefined) return undefined;
  return emptied({
    ...omit(
      given,
      "includeThoughts",
      ...(given["thinkingBudget"] === -1 ? ["thinkingBudget"] : []),
    ),
    ...(given["includeThoughts"] === true ? { includeThoughts: true } : {}),
  });
}

/** Types by the numbers that the protocol's definition gives them: the same in protobuf's JSON. */
const TYPE_NUMBERS = ["unspecified", "string", "number", "integer", "boolean", "array", "object"];

function typeWord(type: Json | undefined): Json | undefined {
  if (typeof type === "number") return TYPE_NUMBERS[type] ?? type;
  return typeof type === "string" && type === type.toUpperCase() ? type.toLowerCase() : type;
}

/** The older form of schemas spells types in capitals, and says apart that something may be null. */
function plainSchema(value: Json): Json {
  if (Array.isArray(value)) return value.map(plainSchema);
  if (!isRecord(value)) return value;
  const { type, nullable, ...rest } = value;
  const word = typeWord(type);
  return compact({
    type: nullable === true && word !== undefined ? [word, "null"] : word,
    ...Object.fromEntries(
      Object.entries(rest).map(([key, inner]) => [
        key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
        key === "properties" && isRecord(inner)
          ? Object.fromEntries(
              Object.entries(inner).map(([name, each]) => [name, plainSchema(each)]),
            )
          : isRecord(inner) || key === "anyOf" || key === "any_of"
            ? plainSchema(inner)
            : inner,
      ]),
    ),
  });
}

/** All functions are one list, whichever entries they stand in. */
function tools(value: Json | undefined): {
  readonly list: readonly Json[];
  readonly hasFunctions: boolean;
} {
  const entries = listOf(value).filter(isRecord);
  const functions = entries.flatMap((entry) =>
    elements(entry["functionDeclarations"]).map(declaration),
  );
  const hosted = entries.flatMap((entry): Json[] =>
    Object.entries(omit(entry, "functionDeclarations")).map(([key, inner]) => ({ [key]: inner })),
  );
  const own = functions.length === 0 ? [] : [{ functionDeclarations: functions }];
  return { list: [...own, ...hosted], hasFunctions: functions.length > 0 };
}

function declaration(value: Json): Json {
  if (!isRecord(value)) return value;
  const given = withoutNulls(value);
  const older = given["parameters"];
  const output = given["response"];
  return compact({
    ...omit(given, "parameters", "response"),
    description: unless(given["description"], ""),
    parametersJsonSchema: objectSchema(
      given["parametersJsonSchema"] ?? (older === undefined ? undefined : plainSchema(older)),
    ),
    responseJsonSchema:
      given["responseJsonSchema"] ?? (output === undefined ? undefined : plainSchema(output)),
  });
}

/** Parameters are an object, said or not. */
function objectSchema(schema: Json | undefined): Json {
  const given = isRecord(schema) ? schema : {};
  const { properties = {}, ...rest } = given;
  return { type: "object", ...rest, properties };
}

/** Without functions there is no choice among them. */
function toolConfig(
  value: Json | undefined,
  { list, hasFunctions }: ReturnType<typeof tools>,
): Json | undefined {
  if (!isRecord(value)) return undefined;
  const isMixed = hasFunctions && list.length > 1;
  const calling = emptied(value["functionCallingConfig"]) ?? {};
  const mode = unless(calling["mode"], "AUTO", "MODE_UNSPECIFIED");
  const kept = hasFunctions ? emptied(compact({ ...calling, mode })) : undefined;
  const { includeServerSideToolInvocations: mixed } = value;
  // Whoever offers both kinds of tools asks for both.
  const asks = isMixed ? undefined : unless(mixed, false);
  return emptied(
    compact({
      ...value,
      functionCallingConfig: kept,
      includeServerSideToolInvocations: asks,
    }),
  );
}

/** Ids and times are the server's; counts of nothing say nothing. */
function reply(body: Json): Json {
  const given = Array.isArray(body) ? foldChunks(body) : body;
  if (!isRecord(given)) return given;
  const candidates = elements(given["candidates"]).map(candidate);
  return compact({
    modelVersion: "model-asked-for",
    ...omit(withoutNulls(given), "responseId", "sdkHttpResponse"),
    createTime: seconds(given["createTime"]),
    candidates: unless(candidates),
    usageMetadata: usage(given["usageMetadata"]),
  });
}

/** Others count whole seconds; who is not told the time looks at the clock. */
function seconds(time: Json | undefined): Json {
  return typeof time === "string" ? Math.floor(Date.parse(time) / 1000) : NOW;
}

/** In pieces a signature without words belongs to the text before it. */
function streamed(body: Json): Json {
  const canonical = reply(body);
  if (!isRecord(canonical)) return canonical;
  const candidates = elements(canonical["candidates"]).map((each) => {
    const said = isRecord(each) && isRecord(each["content"]) ? each["content"] : {};
    const parts = joinedParts(elements(said["parts"]), true);
    return isRecord(each) ? { ...each, content: { role: "model", parts } } : each;
  });
  return compact({ ...canonical, candidates: unless(candidates) });
}

function candidate(value: Json, at: number): Json {
  if (!isRecord(value)) return value;
  const said = isRecord(value["content"]) ? value["content"] : {};
  const parts = listOf(said["parts"]).map(part);
  return compact({
    ...withoutNulls(value),
    index: value["index"] ?? at,
    finishReason: reasonOf(value["finishReason"]),
    content: { role: "model", parts: joinedParts(parts, false) },
    groundingMetadata: emptied(value["groundingMetadata"]),
  });
}

const REASONS = ["FINISH_REASON_UNSPECIFIED", "STOP", "MAX_TOKENS", "SAFETY"];

/** Some proxies print numbers for words. */
function reasonOf(reason: Json | undefined): Json | undefined {
  return typeof reason === "number" ? (REASONS[reason] ?? reason) : reason;
}

/** The sums are left out. */
function usage(value: Json | undefined): Json | undefined {
  if (!isRecord(value)) return undefined;
  const given = omit(withoutNulls(value), "totalTokenCount");
  const kept = Object.entries(given).filter(([, count]) => count !== 0);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
