// The `type` words in the content of a request.
import type { Json } from "../../src/lib/json.ts";
import { isRecord, omit } from "./canon.ts";

/** Every `type` in a document, without what stands in the input of calls. */
export function typesIn(value: Json | undefined): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(typesIn);
  if (!isRecord(value)) return [];
  const own = typeof value["type"] === "string" ? [value["type"]] : [];
  return [...own, ...Object.values(omit(value, "input")).flatMap(typesIn)];
}
