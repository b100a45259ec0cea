// The layering rules as functions from source texts to violations, so that the real tree and planted violations go
// through the same code.
import { dirname, join, normalize } from "node:path";
import { readSource, type SourceText } from "./source-text.ts";

/** Folders of `src`, lowest rank first; those of one rank do not see each other. Files in `src` itself rank last. */
const RANKS: readonly (readonly string[])[] = [
  ["lib"],
  ["wire"],
  ["ir"],
  ["protocols"],
  ["routing", "governance", "cache"],
  ["telemetry", "transport"],
  ["gateway"],
  ["store", "config", "http", "mock"],
];
const ROOT_FOLDERS = ["commands"];
const ROOT_RANK = RANKS.length;
/** Ranks whose code is pure, and whose every file has a test. */
const PURE_RANKS = 5;
const SYNCHRONOUS = ["wire", "ir", "protocols", "routing"];
const MAX_LINES = 400;

/** The six protocols, and where a name may be written out besides the protocol's own folder. */
const PROTOCOL_NAMES = ["openai", "responses", "anthropic", "gemini", "bedrock", "cohere"];
const MAY_NAME_PROTOCOLS = /^(?:protocols\/registry\.ts|config\/|mock\/)/;

/** Packages and runtime modules with one home. Everything else that is not `node:` is forbidden. */
const HOMES: Readonly<Record<string, RegExp>> = {
  hono: /^http\//,
  zod: /^(?:config\/|http\/admin)/,
  yaml: /^config\//,
  "bun:sqlite": /^store\//,
  "bun:ffi": /^notify\.ts$/,
  bun: /^store\//,
};
/** What pure code may import of the runtime: hashing, the checksum of AWS event streams, the check of UTF-8. */
const PURE_IMPORTS =
  /^(?:.* node:crypto|wire\/eventstream\.ts node:zlib|wire\/json-scanner\.ts node:buffer)$/;

/** Ambient things that pure code must be given instead; a property of the same name is another thing. */
const IMPURE =
  /(?<![.\w$])(?:fetch\b(?=\s*\()|Date\.now|new Date\(\s*\)|performance\.|Math\.random|crypto\.(?:randomUUID|getRandomValues)|set(?:Timeout|Interval|Immediate)\b|queueMicrotask\b|process\.|console\.|Bun\.)/g;
const ASYNCHRONOUS = /(?<![.\w$])(?:async|await|Promise)\b(?!\s*[?]?:)/g;
const STORE_CLIENTS = /(?<![.\w$])Bun\.(?:sql|SQL|redis|RedisClient)\b/g;
const TOP_LEVEL_AWAIT =
  /^(?:(?:export\s+)?(?:const|let|var)\b[^=\n]*=\s*|void\s+)?await\b|^for\s+await\b/m;

const FROM = /(?:^|[;\n])\s*(?:import|export)\b[^"';]*?\bfrom\s*"([^"]+)"/g;
const FROM_VALUES = /(?:^|[;\n])\s*(?:import|export)\b(?!\s+type\b)[^"';]*?\bfrom\s*"([^"]+)"/g;
const SIDE_EFFECT = /(?:^|[;\n])\s*import\s*"([^"]+)"/g;
const DYNAMIC = /(?<![.\w$])(?:import|require)\s*\(\s*(?:"([^"]+)"\s*\))?/g;
const EXPORTED =
  /^export\s+(?:declare\s+)?(?:async\s+)?(?:function\*?|const|let|class|type|interface)\s+([\w$]+)/gm;

/** A file of the tree, its path relative to `src` (or, for a file elsewhere, to the repository with `../` before it). */
export type Source = { readonly path: string; readonly text: string };

/** One broken rule. */
export type Violation = { readonly rule: string; readonly path: string; readonly detail: string };

/** What the rules need to know of the rest of the repository. */
export type Surroundings = {
  /** Every test file, its path relative to `test`. */
  readonly tests: readonly Source[];
  /** The numbers of the decision records that exist, such as `0001`. */
  readonly records: readonly string[];
};

type File = Source &
  SourceText & {
    /** Every module it imports, types included, static and dynamic. */
    readonly imports: readonly string[];
    /** Those of them that are evaluated before this file is. */
    readonly evaluated: readonly string[];
  };

/** Checks the sources and returns every violation. */
export function violations(
  sources: readonly Source[],
  surroundings: Surroundings,
): readonly Violation[] {
  const files = sources.map((source): File => {
    const seen = readSource(source.text);
    const imports = specifiers(seen.uncommented, [FROM, SIDE_EFFECT, DYNAMIC]);
    const evaluated = specifiers(seen.uncommented, [FROM_VALUES, SIDE_EFFECT]);
    return { ...source, ...seen, imports, evaluated };
  });
  const covered = coverage(surroundings.tests);
  return [
    ...files.flatMap((file) => [
      ...layering(file),
      ...packages(file),
      ...purity(file),
      ...form(file),
      ...protocolNames(file),
      ...records(file, surroundings.records),
      ...mirror(file, covered),
    ]),
    ...cycles(files),
  ];
}

function specifiers(text: string, patterns: readonly RegExp[]): readonly string[] {
  return patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].flatMap((found) => (found[1] === undefined ? [] : [found[1]])),
  );
}

function target(from: string, specifier: string): string {
  return normalize(join(dirname(from), specifier));
}

function folderOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : "";
}

function rankOf(path: string): number | undefined {
  const folder = folderOf(path);
  if (folder === "" || ROOT_FOLDERS.includes(folder)) return ROOT_RANK;
  const rank = RANKS.findIndex((folders) => folders.includes(folder));
  return rank === -1 ? undefined : rank;
}

function layering(file: File): readonly Violation[] {
  const rank = rankOf(file.path);
  if (rank === undefined) {
    return [{ rule: "rank", path: file.path, detail: "its folder has no rank" }];
  }
  return file.imports
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => target(file.path, specifier))
    .flatMap((to) => edge(file.path, rank, to));
}

/** Judges one import. */
function edge(from: string, rank: number, to: string): readonly Violation[] {
  const problem = (rule: string): readonly Violation[] => [{ rule, path: from, detail: to }];
  if (to === "../package.json") return from === "build-info.ts" ? [] : problem("rank");
  if (to === "main.ts") return problem("main is imported by nobody");
  // Data that is compiled into the binary belongs to whoever reads the config.
  if (to.startsWith("../config/")) return folderOf(from) === "config" ? [] : problem("rank");
  const toRank = rankOf(to);
  if (to.startsWith("..") || toRank === undefined) return problem("rank");
  const sameFolder =
    folderOf(from) === folderOf(to) || (rank === ROOT_RANK && toRank === ROOT_RANK);
  if (!sameFolder && toRank >= rank) return problem("rank");
  return INNER.flatMap((rule) => (rule.broken(from, to) ? problem(rule.name) : []));
}

/** Order and invisibility inside folders. */
const INNER: readonly {
  readonly name: string;
  readonly broken: (from: string, to: string) => boolean;
}[] = [
  {
    name: "protocols do not see each other",
    broken: (from, to) => {
      const [a, b] = [protocolOf(from), protocolOf(to)];
      return a !== undefined && b !== undefined && a !== b;
    },
  },
  {
    name: "only the registry sees a protocol, and only its index",
    broken: (from, to) =>
      protocolOf(from) === undefined &&
      protocolOf(to) !== undefined &&
      !(from === "protocols/registry.ts" && to.endsWith("/index.ts")),
  },
  {
    name: "a protocol does not see the registry",
    broken: (from, to) =>
      from.startsWith("protocols/") && from !== to && to === "protocols/registry.ts",
  },
  {
    name: "policies do not see each other",
    broken: (from, to) =>
      isPolicy(from) && from !== to && (isPolicy(to) || to === "routing/policies/index.ts"),
  },
  {
    name: "stores do not see each other",
    broken: (from, to) => {
      const [a, b] = [storeOf(from), storeOf(to)];
      return a !== undefined && b !== undefined && a !== b;
    },
  },
];

function protocolOf(path: string): string | undefined {
  const [top, name, file] = path.split("/");
  return top === "protocols" && file !== undefined && name !== "kit" ? name : undefined;
}

function isPolicy(path: string): boolean {
  return /^routing\/policies\/(?!index\.ts|policy\.ts)/.test(path);
}

/** `store/sqlite.ts`, `store/sqlite-schema.ts` and `store/sqlite/…` are one store. */
function storeOf(path: string): string | undefined {
  const name = /^store\/([a-z0-9]+)/.exec(path)?.[1];
  return name === "index" || name === "open" ? undefined : name;
}

function packages(file: File): readonly Violation[] {
  const rank = rankOf(file.path) ?? ROOT_RANK;
  const foreign = file.imports.filter((specifier) => !specifier.startsWith("."));
  const clients = [...file.code.matchAll(STORE_CLIENTS)].filter(
    () => folderOf(file.path) !== "store",
  );
  return [
    ...foreign
      .filter((specifier) => !allowed(specifier, file.path, rank))
      .map((detail) => ({ rule: "package home", path: file.path, detail })),
    ...clients.map(([detail]) => ({ rule: "package home", path: file.path, detail })),
  ];
}

function allowed(specifier: string, path: string, rank: number): boolean {
  if (specifier.startsWith("node:")) {
    return rank >= PURE_RANKS || PURE_IMPORTS.test(`${path} ${specifier}`);
  }
  const name = specifier.startsWith("@")
    ? specifier.split("/").slice(0, 2).join("/")
    : (specifier.split("/")[0] ?? specifier);
  return HOMES[name]?.test(path) ?? false;
}

function purity(file: File): readonly Violation[] {
  const rank = rankOf(file.path) ?? ROOT_RANK;
  const found = (rule: string, pattern: RegExp): readonly Violation[] =>
    [...file.code.matchAll(pattern)].map((match) => ({
      rule,
      path: file.path,
      detail: `${match[0].trim()} in line ${lineAt(file.code, match.index)}`,
    }));
  return [
    ...(rank < PURE_RANKS ? found("purity", IMPURE) : []),
    ...(SYNCHRONOUS.includes(folderOf(file.path)) ? found("synchronous", ASYNCHRONOUS) : []),
  ];
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

function form(file: File): readonly Violation[] {
  const problems: [string, string][] = [];
  const lines = file.text.trimEnd().split("\n").length;
  if (lines > MAX_LINES) problems.push(["400 lines", `${lines} lines`]);
  if (/(?:^|\n)\s*export\s*\*/.test(file.code)) problems.push(["no export *", "export *"]);
  for (const [, specifier] of file.uncommented.matchAll(SIDE_EFFECT)) {
    problems.push(["no side-effect import", specifier ?? ""]);
  }
  for (const [text, specifier] of file.uncommented.matchAll(DYNAMIC)) {
    if (specifier === undefined) problems.push(["dynamic imports are literal", text]);
  }
  if (TOP_LEVEL_AWAIT.test(file.code)) problems.push(["no top-level await", "await"]);
  if (!/^\s*(?:\/\/|\/\*)/.test(file.text)) problems.push(["header", "no comment at the top"]);
  for (const found of file.text.matchAll(EXPORTED)) {
    if (!/\*\/\s*$/.test(file.text.slice(0, found.index))) {
      problems.push(["documented exports", found[1] ?? ""]);
    }
  }
  return problems.map(([rule, detail]) => ({ rule, path: file.path, detail }));
}

function protocolNames(file: File): readonly Violation[] {
  if (MAY_NAME_PROTOCOLS.test(file.path)) return [];
  return file.strings
    .filter((text) => PROTOCOL_NAMES.includes(text) && protocolOf(file.path) !== text)
    .map((detail) => ({ rule: "protocol names", path: file.path, detail }));
}

/** Comments may cite only records that exist. */
function records(file: File, known: readonly string[]): readonly Violation[] {
  return [...file.text.matchAll(/\badr\/(\d{4})|\bADR[ -]?(\d{4})\b/g)]
    .map((found) => found[1] ?? found[2] ?? "")
    .filter((number) => !known.includes(number))
    .map((detail) => ({ rule: "decision records", path: file.path, detail }));
}

/** What the tests cover: the paths they mirror, and the files that a test in the mirrored folder imports. */
function coverage(tests: readonly Source[]): ReadonlySet<string> {
  return new Set(
    tests.flatMap(({ path, text }) => [
      path.replace(/\.test\.ts$/, ".ts"),
      ...specifiers(readSource(text).uncommented, [FROM])
        .map((specifier) => target(path, specifier).replace(/^\.\.\/src\//, ""))
        .filter((imported) => dirname(imported) === dirname(path)),
    ]),
  );
}

/**
 * A file of the pure ranks that holds code has a test in the mirrored folder: at its own path, at that of the file it
 * was split from (`request-decode-parts.ts` → `request-decode.test.ts`), or one that imports it. Types alone, and an
 * `index.ts` that only puts its folder together, have nothing to run.
 */
function mirror(file: File, covered: ReadonlySet<string>): readonly Violation[] {
  const rank = rankOf(file.path) ?? ROOT_RANK;
  const runs = /^(?:export\s+)?(?:async\s+)?(?:function|class|const|let)\b/m.test(file.code);
  const assembles = file.path.endsWith("/index.ts");
  if (rank >= PURE_RANKS || !runs || assembles) return [];
  const folder = dirname(file.path);
  const words = file.path.slice(folder.length + 1, -".ts".length).split("-");
  const origins = words.map(
    (_, cut) => `${folder}/${words.slice(0, words.length - cut).join("-")}.ts`,
  );
  return origins.some((origin) => covered.has(origin))
    ? []
    : [{ rule: "mirrored test", path: file.path, detail: `no test in test/${folder}` }];
}

/**
 * Finds files that are evaluated in a circle: what one of them exports may not be there yet when another uses it.
 * Types may refer to each other within a folder.
 */
function cycles(files: readonly File[]): readonly Violation[] {
  const edges = new Map(
    files.map((file) => [
      file.path,
      file.evaluated.filter((to) => to.startsWith(".")).map((to) => target(file.path, to)),
    ]),
  );
  const done = new Set<string>();
  const found: Violation[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start !== -1) {
      found.push({ rule: "no cycles", path, detail: [...trail.slice(start), path].join(" → ") });
      return;
    }
    if (done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return found;
}
