// Fills environment variables into scalar values of a parsed document. Because this happens after parsing, what a variable
// holds can never become YAML structure.
import { isPair, isScalar, visit, type Document, type Node, type Pair, type Scalar } from "yaml";
import type { Finding, Path } from "./problem.ts";

/** Environment variables by name. */
export type Env = Readonly<Record<string, string | undefined>>;

/** What became of one scalar that names variables. */
export type Filled = {
  /** The variables that it names. */
  readonly variables: readonly string[];
  /** Whether all of them had a value; if not, the scalar still reads as it was written. */
  readonly complete: boolean;
};

/** What filling in did. */
export type Interpolation = {
  readonly filled: ReadonlyMap<unknown, Filled>;
  readonly findings: readonly Finding[];
};

/** `$${` stands for a literal `${`; then everything up to the brace that closes. */
const REFERENCE = /\$\$\{|\$\{([^}]*)(\})?/g;
const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([\s\S]*))?$/;
/** Line breaks and other characters that no value of a config has; in a header they would end it. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Replaces `${NAME}` and `${NAME:-default}` in scalar values, never in keys; changes the document. */
export function interpolate(document: Document, env: Env): Interpolation {
  const filled = new Map<unknown, Filled>();
  const findings: Finding[] = [];
  visit(document, {
    Scalar(key, node, ancestors) {
      if (key === "key" || typeof node.value !== "string" || !node.value.includes("${")) return;
      const outcome = fill(node.value, env);
      const path = pathOf([...ancestors, node]);
      for (const problem of outcome.problems) findings.push({ path, ...problem });
      const complete = outcome.problems.length === 0;
      if (outcome.variables.length > 0 || !complete) {
        filled.set(node, { variables: outcome.variables, complete });
      }
      if (complete) replaceValue(node, outcome.text);
    },
  });
  return { filled, findings };
}

function replaceValue(node: Scalar, text: string): void {
  node.value = text;
}

type FillProblem = { readonly message: string; readonly hint: string };

type Outcome = {
  readonly text: string;
  readonly variables: readonly string[];
  readonly problems: readonly FillProblem[];
};

function fill(source: string, env: Env): Outcome {
  const variables: string[] = [];
  const problems: FillProblem[] = [];
  const text = source.replace(REFERENCE, (whole, inner?: string, end?: string) => {
    if (inner === undefined) return "${";
    const [, variable, fallback] = (end === undefined ? null : VARIABLE.exec(inner)) ?? [];
    if (variable === undefined || fallback?.includes("${") === true) {
      problems.push(malformed(whole, fallback));
      return whole;
    }
    variables.push(variable);
    const value = env[variable];
    const given = value === undefined || value === "" ? fallback : value;
    if (given === undefined) problems.push(unset(variable, value));
    else if (CONTROL.test(given)) problems.push(controlled(variable));
    return given ?? whole;
  });
  return { text, variables, problems };
}

function malformed(whole: string, fallback: string | undefined): FillProblem {
  const hint = "write $${ where the text itself is meant";
  if (fallback !== undefined) {
    return { message: "a default cannot name another variable", hint };
  }
  return {
    message: `expected \${NAME} or \${NAME:-default}, not ${JSON.stringify(whole.slice(0, 40))}`,
    hint,
  };
}

function unset(variable: string, value: string | undefined): FillProblem {
  return {
    message: `environment variable ${variable} is ${value === undefined ? "not set" : "empty"}`,
    hint: `set it, or give a default: \${${variable}:-value}`,
  };
}

function controlled(variable: string): FillProblem {
  return {
    message: `environment variable ${variable} holds a line break or another control character`,
    hint: `printf %s "$${variable}" | od -c shows them`,
  };
}

/** The path to the last of some nested nodes, as a visitor sees them. */
export function pathOf(nodes: readonly (Document | Node | Pair)[]): Path {
  const path: PropertyKey[] = [];
  for (const [index, node] of nodes.entries()) {
    const child = nodes[index + 1];
    if (isPair(node) && isScalar(node.key)) path.push(String(node.key.value));
    else if (child !== undefined && "items" in node && !isPair(child)) {
      path.push(node.items.findIndex((item) => item === child));
    }
  }
  return path;
}
