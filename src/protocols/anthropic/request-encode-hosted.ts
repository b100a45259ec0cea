// Tools that other vendors run, where this one has the same (translation.md B.3, R25 to R27).
import { compact } from "../../lib/compact.ts";
import type { ToolDef } from "../../ir/request.ts";
import { searchOptions } from "../kit/hosted.ts";
import type { Draft } from "../kit/residue.ts";

type Hosted = Extract<ToolDef, { kind: "hosted" }>;

/** The vendor's own tool for one of another vendor; `undefined`: it has none. */
export function counterpart(tool: Hosted): (Draft & { readonly name: string }) | undefined {
  switch (tool.service) {
    case "web-search":
      return { type: "web_search_20250305", name: "web_search", ...searchMembers(tool) };
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

/** Of both lists of domains only one is taken. */
function searchMembers(tool: Hosted): Draft {
  const { allowed, blocked, location } = searchOptions(tool);
  return compact({
    allowed_domains: allowed,
    blocked_domains: allowed === undefined ? blocked : undefined,
    user_location: location,
  });
}
