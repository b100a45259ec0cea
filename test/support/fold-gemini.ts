// The reply that the chunks of a generateContent stream come to. The SDK has no accumulator: parts are joined here as the API
// reference says that clients do, texts of one kind up to a signature.
import type { Json, JsonRecord } from "../../src/lib/json.ts";
import { elements, isRecord, omit } from "./canon.ts";

/** Joins chunks, each a whole response object. */
export function foldChunks(chunks: readonly Json[]): Json {
  const candidates = new Map<number, JsonRecord>();
  let rest: JsonRecord = {};
  for (const chunk of chunks) {
    if (!isRecord(chunk)) continue;
    rest = merged(rest, omit(chunk, "candidates"));
    for (const [at, value] of elements(chunk["candidates"]).entries()) {
      if (!isRecord(value)) continue;
      const index = typeof value["index"] === "number" ? value["index"] : at;
      candidates.set(index, grown(candidates.get(index) ?? {}, value));
    }
  }
  const list = [...candidates]
    .sort(([a], [b]) => a - b)
    .map(([, candidate]) => ({
      ...candidate,
      content: { role: "model", parts: joinedParts(partsOf(candidate["content"]), true) },
    }));
  return list.length === 0 ? rest : { ...rest, candidates: list };
}

/** Later values win, in usage member by member. */
function merged(before: JsonRecord, after: JsonRecord): JsonRecord {
  const { usageMetadata: old, ...others } = before;
  const { usageMetadata: fresh, ...news } = after;
  const usage =
    isRecord(old) && isRecord(fresh) ? { ...old, ...fresh } : (fresh ?? old ?? undefined);
  // The first of these is what the reply is known by.
  const head = {
    ...others,
    ...news,
    ...("responseId" in others ? { responseId: others["responseId"] ?? null } : {}),
  };
  return usage === undefined ? head : { ...head, usageMetadata: usage };
}

function grown(candidate: JsonRecord, more: JsonRecord): JsonRecord {
  const { content, finishReason, logprobsResult, groundingMetadata, ...rest } = more;
  const parts = [...partsOf(candidate["content"]), ...partsOf(content)];
  const reason = candidate["finishReason"] ?? finishReason;
  const grounding = isFilled(groundingMetadata)
    ? groundingMetadata
    : candidate["groundingMetadata"];
  const logprobs = joinedLogprobs(candidate["logprobsResult"], logprobsResult);
  return {
    ...candidate,
    ...rest,
    content: { role: "model", parts },
    ...(reason === undefined ? {} : { finishReason: reason }),
    ...(grounding === undefined ? {} : { groundingMetadata: grounding }),
    ...(logprobs === undefined ? {} : { logprobsResult: logprobs }),
  };
}

function isFilled(value: Json | undefined): boolean {
  return isRecord(value) && Object.keys(value).length > 0;
}

function partsOf(content: Json | undefined): readonly Json[] {
  return isRecord(content) ? elements(content["parts"]) : [];
}

function joinedLogprobs(before: Json | undefined, after: Json | undefined): Json | undefined {
  if (!isRecord(before) || !isRecord(after)) return after ?? before;
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return Object.fromEntries(
    keys.map((key) => [key, [...elements(before[key]), ...elements(after[key])]]),
  );
}

/**
 * Texts of one kind are one part, up to a signature; a part without anything is none. `attach`: a signature without words
 * belongs to the text before it, as in the pieces of a stream.
 */
export function joinedParts(parts: readonly Json[], attach: boolean): readonly Json[] {
  const joined: Json[] = [];
  for (const part of withWholeCalls(parts)) {
    const last = joined.at(-1);
    if (isRecord(part) && part["text"] === "" && part["thoughtSignature"] === undefined) continue;
    const isBare = isRecord(part) && part["text"] === "" && !attach;
    if (!isBare && goesOn(last, part) && isRecord(last) && isRecord(part)) {
      joined[joined.length - 1] = { ...last, ...part, text: textOf(last) + textOf(part) };
    } else joined.push(part);
  }
  return joined;
}

/** Calls whose arguments came in pieces by path, as one part each. */
function withWholeCalls(parts: readonly Json[]): readonly Json[] {
  const whole: Json[] = [];
  let going: JsonRecord | undefined;
  for (const part of parts) {
    const call = isRecord(part) ? part["functionCall"] : undefined;
    const isPiece = isRecord(call) && ("partialArgs" in call || call["willContinue"] === true);
    if (!isRecord(part) || !isRecord(call) || !(isPiece || going !== undefined)) {
      whole.push(part);
      continue;
    }
    const before = isRecord(going?.["functionCall"]) ? going["functionCall"] : {};
    const args: Json = JSON.parse(JSON.stringify(before["args"] ?? {}));
    for (const piece of elements(call["partialArgs"])) if (isRecord(piece)) assign(args, piece);
    const { partialArgs: _pieces, willContinue, ...head } = call;
    const joined = { ...going, ...part, functionCall: { ...before, ...head, args } };
    going = willContinue === true ? joined : undefined;
    if (willContinue !== true) whole.push(joined);
  }
  return whole;
}

/** Sets a value by its path; text goes on with the text that is there. */
function assign(args: Json, piece: JsonRecord): void {
  const path =
    JSON.stringify(piece["jsonPath"] ?? "")
      .slice(1, -1)
      .match(/[^.$[\]]+/g) ?? [];
  const value = piece["stringValue"] ?? piece["numberValue"] ?? piece["boolValue"] ?? null;
  let at = args as Record<string, Json>;
  for (const [index, key] of path.entries()) {
    const next = path[index + 1];
    const old = at[key];
    if (next === undefined)
      at[key] = typeof old === "string" ? old + (typeof value === "string" ? value : "") : value;
    else at = (at[key] ??= /^\d+$/.test(next) ? [] : {}) as Record<string, Json>;
  }
}

function goesOn(last: Json | undefined, part: Json): boolean {
  if (!isRecord(last) || !isRecord(part)) return false;
  const isText = typeof last["text"] === "string" && typeof part["text"] === "string";
  const isSame = (last["thought"] === true) === (part["thought"] === true);
  return isText && isSame && last["thoughtSignature"] === undefined;
}

function textOf(part: JsonRecord): string {
  const { text } = part;
  return typeof text === "string" ? text : "";
}
