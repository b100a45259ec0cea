// Options of tools that several vendors run (translation.md B.3, R25).
import { compact } from "../../lib/compact.ts";
import {
  asArray,
  asRecord,
  asString,
  parseJson,
  type JsonRecord,
  type Printable,
} from "../../lib/json.ts";
import type { ToolDef } from "../../ir/request.ts";

/** What a search is limited to, wherever the dialect of the tool puts it. */
export type SearchOptions = {
  readonly allowed: readonly string[] | undefined;
  readonly blocked: readonly string[] | undefined;
  /** `{type:"approximate",city,region,country,timezone}`, which the vendors share. */
  readonly location: Printable;
};

/** Domains and whereabouts of a web search. */
export function searchOptions({ text }: Extract<ToolDef, { kind: "hosted" }>): SearchOptions {
  const document = parseJson(text);
  const options = (document.ok ? asRecord(document.value.root) : undefined) ?? {};
  const filters = asRecord(options["filters"]) ?? {};
  const allowed = textsIn(filters, "allowed_domains") ?? textsIn(options, "allowed_domains");
  const blocked =
    textsIn(filters, "blocked_domains") ??
    textsIn(options, "blocked_domains") ??
    textsIn(options, "excludeDomains");
  return { allowed, blocked, location: locationOf(asRecord(options["user_location"])) };
}

function textsIn(record: JsonRecord, key: string): readonly string[] | undefined {
  const texts = (asArray(record[key]) ?? []).flatMap((entry) => asString(entry) ?? []);
  return texts.length === 0 ? undefined : texts;
}

/** One dialect nests the place once more than others. */
function locationOf(location: JsonRecord | undefined): Printable {
  if (location === undefined) return undefined;
  const place = asRecord(location["approximate"]) ?? location;
  return compact({
    type: "approximate",
    city: asString(place["city"]),
    region: asString(place["region"]),
    country: asString(place["country"]),
    timezone: asString(place["timezone"]),
  });
}
