// What two documents of one dialect may differ in and still say the same (translation.md 0.1): only the order of members,
// shorthands, explicit defaults, ids and times that a server makes up, and message splitting that the dialect ignores.
import type { Json, JsonRecord } from "../../src/lib/json.ts";

/** Brings requests and replies of one dialect into one form. */
export type Canon = {
  readonly request: (body: Json) => Json;
  readonly reply: (body: Json) => Json;
  /** Canonical replies without what a stream cannot say as a buffered reply does, since it cannot take back what it said. */
  readonly streamed?: (body: Json) => Json;
  /** Takes out of a request what only the other dialect demanded: `before` has none of it. Both are canonical. */
  readonly withoutDemanded?: (after: Json, before: Json) => Json;
  /** Turns a pointer into the canonical request back into one into the request as it was. */
  readonly origin?: (body: Json) => (path: string) => string;
  /** The same for replies. */
  readonly replyOrigin?: (body: Json) => (path: string) => string;
};

/** Whether the value is an object. */
export function isRecord(value: Json | undefined): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The elements of a list; none for anything else. */
export function elements(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** The object without members that are `undefined`. */
export function compact(record: { readonly [key: string]: Json | undefined }): JsonRecord {
  const kept: Record<string, Json> = {};
  for (const [key, value] of Object.entries(record)) {
    if (value !== undefined)
      Object.defineProperty(kept, key, { value, enumerable: true, writable: true });
  }
  return kept;
}

/** The object without members that are `null`, which every dialect here takes for absent. */
export function withoutNulls(record: JsonRecord): JsonRecord {
  return compact(Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null)));
}

/** `undefined` where the value is the default, or an empty list. */
export function unless(value: Json | undefined, ...defaults: readonly Json[]): Json | undefined {
  if (Array.isArray(value) && value.length === 0) return undefined;
  return value !== undefined && defaults.includes(value) ? undefined : value;
}

/** The members of an object without those that are named. */
export function omit(record: JsonRecord, ...keys: readonly string[]): JsonRecord {
  return compact(Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key))));
}

/** The value if it is a string, else nothing. */
export function words(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
