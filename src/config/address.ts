// Where a provider is reached: its base URL and paths, with `{name}` in templates filled from its entry.
import type { CatalogueEntry } from "./catalogue.ts";
import type { ProviderConfig } from "./config.ts";
import type { Path } from "./problem.ts";
import type { Resolving } from "./resolving.ts";
import type { Shape } from "./shape.ts";

/** A provider's entry in the file. */
export type ProviderShape = NonNullable<Shape["providers"][string]>;

/** Members of an entry that a template's `{name}` stands for. */
const VARIABLES = ["region", "project", "location", "resource", "account", "api_version"] as const;
type Variable = (typeof VARIABLES)[number];

const DEFAULT_REGION = "us-east-1";

/** An entry on its way to a provider. */
export type Entry = {
  readonly name: string;
  readonly path: Path;
  readonly given: ProviderShape;
  readonly known: CatalogueEntry | undefined;
  /** Whether its protocol signs with AWS keys, which name the region. */
  readonly signs: boolean;
};

/** Where a provider is reached. */
export type Address = Pick<ProviderConfig, "baseUrl" | "region" | "path">;

/** Fills everything in; `undefined` after a report. */
export function resolveAddress(
  entry: Entry,
  template: string,
  context: Resolving,
): Address | undefined {
  const { given, known } = entry;
  const region = regionOf(given);
  const fill = filler(entry, { ...known?.defaults, ...given, region }, context);
  const located =
    given.base_url === undefined ? known?.locations?.[given.location ?? ""] : undefined;
  const text = located ?? fill.text(template);
  const path = pathOf(entry, fill.text, context);
  reportIdle(entry, fill.used, context);
  if (text === undefined) return undefined;
  const baseUrl = parseBaseUrl(text, [...entry.path, "base_url"], context);
  if (baseUrl === undefined) return undefined;
  return { baseUrl, region, ...(path === undefined ? {} : { path }) };
}

/** The region of the key, else of the host, else the default (interface.md). */
function regionOf(given: ProviderShape): string {
  const host = /bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\./.exec(given.base_url ?? "")?.[1];
  return given.region ?? host ?? DEFAULT_REGION;
}

type Filler = {
  /** The template filled in; `undefined` after a report. */
  readonly text: (template: string) => string | undefined;
  readonly used: ReadonlySet<string>;
};

/** What may stand in a host name or in a path segment. */
const PART = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

function filler(
  entry: Entry,
  values: Partial<Record<Variable, string | undefined>>,
  context: Resolving,
): Filler {
  const used = new Set<string>();
  const reported = new Set<string>();
  const fillOne = (variable: Variable): string | undefined => {
    used.add(variable);
    const value = values[variable];
    if (value !== undefined && PART.test(value)) return value;
    if (!reported.has(variable)) reportPart(entry, variable, value, context);
    reported.add(variable);
    return undefined;
  };
  return {
    used,
    text: (template) => {
      let complete = true;
      const text = template.replace(/\{([a-z_]+)\}/g, (whole, word: string) => {
        const variable = VARIABLES.find((candidate) => candidate === word);
        const value = variable === undefined ? whole : fillOne(variable);
        complete &&= value !== undefined;
        return value ?? "";
      });
      return complete ? text : undefined;
    },
  };
}

function reportPart(
  { name, path }: Entry,
  variable: Variable,
  value: string | undefined,
  context: Resolving,
): void {
  if (value === undefined) {
    const message = `${variable} is missing: the address of ${name} depends on it`;
    context.report({ path, atKey: true, message, hint: `${variable}: …, or base_url as a whole` });
    return;
  }
  const at = [...path, variable];
  const message = `expected a part of an address, not ${context.show(at, value)}`;
  context.report({ path: at, message, hint: "letters, digits and . _ -" });
}

/** A member that the address does not depend on would look as if it did something. */
function reportIdle(entry: Entry, used: ReadonlySet<string>, context: Resolving): void {
  for (const variable of VARIABLES) {
    const isSigned = variable === "region" && entry.signs;
    const isLocated = variable === "location" && entry.known?.locations !== undefined;
    if (entry.given[variable] === undefined || used.has(variable) || isSigned || isLocated)
      continue;
    const message = `${variable} has no effect: the address of ${entry.name} does not depend on it`;
    context.report({ path: [...entry.path, variable], atKey: true, message, hint: "remove it" });
  }
}

/** Ends of addresses that the protocols append themselves. */
const OPERATION = /\/(?:chat\/completions|responses|messages|v2\/chat|models|embeddings)\/?$/;

function parseBaseUrl(text: string, path: Path, context: Resolving): URL | undefined {
  const url = URL.parse(text);
  const report = (message: string, hint: string): undefined => {
    context.report({ path, message, hint });
  };
  if (url === null || !/^https?:$/.test(url.protocol)) {
    const message = `expected an address such as https://host/v1, not ${context.show(path, text)}`;
    const isBare = /^[\w.-]+(?::\d+)?(?:\/|$)/.test(text);
    return report(message, isBare ? "it begins with http:// or https://" : "is it spelt right?");
  }
  if (url.username !== "" || url.password !== "") {
    return report("a base URL carries no user name and password", "api_key: …, or headers: …");
  }
  if (url.search !== "" || url.hash !== "") {
    return report("a base URL has no ? and no #", "path: /…?… carries a query");
  }
  const operation = OPERATION.exec(url.pathname)?.[0];
  if (operation === undefined) return url;
  return report(
    `a base URL ends before ${operation}, which the protocol appends`,
    "end it where the vendor's own SDK would be pointed",
  );
}

/** A base URL of one's own (a proxy, a mock) still has the vendor's paths behind it. */
function pathOf(entry: Entry, fill: Filler["text"], context: Resolving): Address["path"] {
  const { given, known } = entry;
  checkPath("path", entry, context);
  checkPath("stream_path", entry, context);
  if (given.stream_path !== undefined && given.path === undefined) {
    const path = [...entry.path, "stream_path"];
    const message = "stream_path needs path beside it";
    context.report({ path, atKey: true, message, hint: "path: /…" });
  }
  const chosen: { readonly path?: string; readonly stream_path?: string } =
    given.path === undefined ? (known ?? {}) : given;
  if (chosen.path === undefined) return undefined;
  const buffered = fill(chosen.path);
  const streamed = fill(chosen.stream_path ?? chosen.path);
  return buffered === undefined || streamed === undefined ? undefined : { buffered, streamed };
}

function checkPath(key: "path" | "stream_path", entry: Entry, context: Resolving): void {
  const template = entry.given[key];
  if (template === undefined || /^\/[!-~]*$/.test(template)) return;
  const path = [...entry.path, key];
  const message = `expected a path such as /v1/chat, not ${context.show(path, template)}`;
  context.report({ path, message, hint: "it begins with / and has no spaces" });
}
