// Tools that other vendors run, where this one has the same (translation.md B.3, R25 to R27).
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
import type { Draft } from "../kit/residue.ts";

type Hosted = Extract<ToolDef, { kind: "hosted" }>;

/** The vendor's own tool for one of another vendor; `undefined`: it has none. */
export function counterpart(tool: Hosted): (Draft & { readonly name: string }) | undefined {
  switch (tool.service) {
    case "web-search":
      return { type: "web_search_20250305", name: "web_search", ...searchOptions(tool) };
    case "code-execution":
      return { type: "code_execution_20250825", name: "code_execution" };
    case "url-fetch":
      return { type: "web_fetch_20250910", name: "web_fetch" };
    case "mcp":
    case "client-tool":
    case "other":
      return undefined;
  }
}

/** Domains and whereabouts, wherever the dialects put them; of both lists of domains only one is taken. */
function searchOptions({ text }: Hosted): Draft {
  const document = parseJson(text);
  const options = (document.ok ? asRecord(document.value.root) : undefined) ?? {};
  const filters = asRecord(options["filters"]) ?? {};
  const allowed = textsIn(filters, "allowed_domains") ?? textsIn(options, "allowed_domains");
  const blocked =
    textsIn(filters, "blocked_domains") ??
    textsIn(options, "blocked_domains") ??
    textsIn(options, "excludeDomains");
  return compact({
    allowed_domains: allowed,
    blocked_domains: allowed === undefined ? blocked : undefined,
    user_location: locationOf(asRecord(options["user_location"])),
  });
}

function textsIn(record: JsonRecord, key: string): readonly string[] | undefined {
  const texts = (asArray(record[key]) ?? []).flatMap((entry) => asString(entry) ?? []);
  return texts.length === 0 ? undefined : texts;
}

/** Chat Completions nests the place once more than others. */
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
