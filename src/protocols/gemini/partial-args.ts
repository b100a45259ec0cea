// Arguments that one server streams by path: `{jsonPath:"$.a.b[0]", stringValue:"…"}` (translation.md A.4, D.2; E295).
import { asArray, asRecord, asString, type Json, type JsonRecord } from "../../lib/json.ts";

/** A call whose arguments are still coming. */
export type PartialCall = {
  /** Takes a part of the call; whether the call is complete. */
  readonly push: (part: JsonRecord, call: JsonRecord) => boolean;
  /** The part as it would have come at once. */
  readonly part: () => JsonRecord;
};

type Node = { [key: string]: Json };

/** Starts a call. */
export function partialCall(): PartialCall {
  const head: Node = {};
  const modifiers: Node = {};
  // Without a prototype no path can lead to one.
  let args: Json = Object.create(null);
  return {
    push: (part, call) => {
      for (const key of ["id", "name"]) if (call[key] !== undefined) head[key] ??= call[key];
      for (const [key, value] of Object.entries(part)) {
        if (key !== "functionCall") modifiers[key] = value;
      }
      for (const entry of asArray(call["partialArgs"]) ?? []) {
        const piece = asRecord(entry);
        const path = pathOf(asString(piece?.["jsonPath"]) ?? "$");
        if (piece !== undefined) args = put(args, path, valueOf(piece));
      }
      const whole = asRecord(call["args"]);
      if (whole !== undefined) args = { ...asRecord(args), ...whole };
      return call["willContinue"] !== true;
    },
    part: () => ({ functionCall: { ...head, args }, ...modifiers }),
  };
}

/** The segments of `$.a['b'][0]`. */
function pathOf(text: string): readonly (string | number)[] {
  const found = text.matchAll(/\.([^.[\]]+)|\[(\d+)\]|\['([^']*)'\]|\["([^"]*)"\]/g);
  return [...found].map(([, name, index, single, double]) =>
    index === undefined ? (name ?? single ?? double ?? "") : Number(index),
  );
}

function valueOf(piece: JsonRecord): Json {
  const { stringValue, numberValue, boolValue } = piece;
  return stringValue ?? numberValue ?? boolValue ?? null;
}

/** Most elements of a list that is named by index. */
const MAX_LIST = 65_536;

/** The value with another one at a path; text goes on with the text that is there. */
function put(at: Json | undefined, path: readonly (string | number)[], value: Json): Json {
  const [key, ...below] = path;
  if (key === undefined)
    return typeof at === "string" && typeof value === "string" ? at + value : value;
  if (typeof key === "number") {
    if (key >= MAX_LIST) return at ?? null;
    const list = [...(asArray(at) ?? [])];
    while (list.length <= key) list.push(null);
    list[key] = put(list[key] ?? undefined, below, value);
    return list;
  }
  const record: Node = Object.assign(Object.create(null), asRecord(at));
  record[key] = put(record[key], below, value);
  return record;
}
