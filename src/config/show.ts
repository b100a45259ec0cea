// Names what was written at a place, for messages, without ever telling a secret.
import { CAPABILITY_KEYS } from "./capabilities.ts";
import type { Filled } from "./interpolate.ts";
import type { Path } from "./problem.ts";

/** How a message names the value at a path. */
export type Show = (path: Path, value: unknown) => string;

/** Longer texts are not repeated in a message. */
const LONGEST = 60;

/** Members of providers, `auth` and `admin` whose values are no secrets. Whatever else stands there is not shown. */
const OPEN: ReadonlySet<string> = new Set<string>([
  ...Object.values(CAPABILITY_KEYS),
  "account",
  "ad_hoc_models",
  "fetch_media",
  "api_version",
  "auth",
  "base_url",
  "cache_breakpoints",
  "ca_file",
  "catalogue",
  "developer_role",
  "file",
  "listen",
  "location",
  "max_tokens_field",
  "mode",
  "path",
  "project",
  "protocol",
  "reasoning_replay",
  "region",
  "resource",
  "stream_options",
  "stream_path",
  "transport",
  "vendor",
]);
const GUARDED: ReadonlySet<PropertyKey> = new Set(["providers", "auth", "admin"]);

/** Makes the function for one file. What came out of the environment is named by its variable only. */
export function shower(filledAt: (path: Path) => Filled | undefined): Show {
  return (path, value) => {
    if (value === null) return "nothing";
    if (Array.isArray(value)) return "a list";
    if (typeof value === "object") return "a mapping";
    const { variables = [] } = filledAt(path) ?? {};
    if (variables.length > 0) return `the value of ${variables.join(" and ")}`;
    if (typeof value !== "string")
      return mayBeSecret(path) ? `a ${typeof value}` : JSON.stringify(value);
    if (mayBeSecret(path) || hasPassword(value)) return "the text that is there";
    return value.length > LONGEST ? "a long text" : JSON.stringify(value);
  };
}

/** Whether a secret may stand at a path, meant to be there or not. */
function mayBeSecret(path: Path): boolean {
  const [first] = path;
  if (first === undefined || !GUARDED.has(first)) return false;
  // `providers.openai` is an entry, whatever its name.
  const isMember = path.length > (first === "providers" ? 2 : 1);
  return !isMember || !OPEN.has(String(path.at(-1)));
}

/** Whether a key that nobody knows may be a secret whose own key was left out, as in `{ sk-1f3… }`. */
export function mayBeSecretKey(path: Path, key: string): boolean {
  const [first] = path;
  return first !== undefined && GUARDED.has(first) && !/^[A-Za-z_-]{1,24}$/.test(key);
}

/** Whether a text has an address with a user name or a password in it. */
export function hasPassword(text: string): boolean {
  return /:\/\/[^/\s"']*@/.test(text);
}
