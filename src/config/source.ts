// The config file as text: parsing with places, `${ENV}` in scalar values, and where a path stands. The only user of the
// yaml package.
import {
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
} from "yaml";
import type { Finding, Problem } from "./problem.ts";
import { dotted } from "./problem.ts";

/** A parsed file. */
export type Source = {
  /** The plain value, environment filled in. */
  readonly value: unknown;
  /** Problems of the text itself: syntax, duplicate keys, unset variables. */
  readonly problems: readonly Problem[];
  /** Looks up where a finding stands. */
  readonly locate: (finding: Finding) => Problem;
};

/** Environment variables by name. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Parses a file's text. */
export function parseSource(text: string, file: string, env: Env): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
  });
  const place = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const problems: Problem[] = document.errors.map((error) => ({
    file,
    ...place(error.pos[0]),
    path: "",
    message: error.message.split("\n", 1)[0] ?? "the YAML is malformed",
  }));
  if (problems.length === 0) {
    for (const { offset, variable } of interpolate(document, env)) {
      problems.push({
        file,
        ...place(offset),
        path: "",
        message: `environment variable ${variable} is not set`,
        hint: `set it, or give a default: \${${variable}:-value}`,
      });
    }
  }
  return {
    value: problems.length === 0 ? document.toJS() : undefined,
    problems,
    locate: (finding) => ({
      file,
      ...place(offsetOf(document, finding)),
      path: dotted(finding.path),
      message: finding.message,
      ...(finding.hint === undefined ? {} : { hint: finding.hint }),
    }),
  };
}

type Unset = { readonly offset: number; readonly variable: string };

/** `${NAME}`, `${NAME:-default}`; `$${` stands for a literal `${`. */
const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/** Fills the environment into scalar values, after parsing: what it holds can never become YAML structure. */
function interpolate(document: Document, env: Env): readonly Unset[] {
  const unset: Unset[] = [];
  visit(document, {
    Scalar(key, node) {
      if (key === "key" || typeof node.value !== "string" || !node.value.includes("${")) return;
      node.value = node.value.replace(REFERENCE, (whole, variable?: string, fallback?: string) => {
        if (variable === undefined) return "${";
        const value = env[variable];
        if (value !== undefined && value !== "") return value;
        if (fallback === undefined) unset.push({ offset: node.range?.[0] ?? 0, variable });
        return fallback ?? whole;
      });
    },
  });
  return unset;
}

/** Offset of a path's value or key; of its nearest ancestor that is there, if it is not. */
function offsetOf(document: Document, finding: Finding): number {
  let node: unknown = document.contents;
  let offset = startOf(node);
  for (const [depth, segment] of finding.path.entries()) {
    const step = stepInto(node, segment);
    if (step === undefined) return offset;
    const last = depth === finding.path.length - 1;
    offset = last && finding.atKey === true ? step.key : step.value;
    node = step.node;
  }
  return offset;
}

type Step = { readonly node: unknown; readonly key: number; readonly value: number };

function stepInto(node: unknown, segment: PropertyKey): Step | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(segment)];
    return item === undefined
      ? undefined
      : { node: item, key: startOf(item), value: startOf(item) };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(segment));
  if (pair === undefined) return undefined;
  const key = startOf(pair.key);
  const value = pair.value === null ? key : startOf(pair.value);
  return { node: pair.value, key, value };
}

function startOf(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? 0;
}
