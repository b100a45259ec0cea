// From a config file's text to the config, with every problem at once.
import { err, ok, type Result } from "../lib/result.ts";
import type { Config } from "./config.ts";
import { findingsOf } from "./findings.ts";
import type { Finding, Problem } from "./problem.ts";
import { type Resolving } from "./resolving.ts";
import { resolve } from "./resolve.ts";
import { shape, type Shape } from "./shape.ts";
import { parseSource, type Env } from "./source.ts";

/** What loading needs from outside. */
export type LoadContext = {
  /** Name of the file for messages. */
  readonly file: string;
  readonly env: Env;
  readonly readFile: Resolving["readFile"];
};

/** Loads a config. On failure: all problems, in the order of the file. */
export function loadConfig(text: string, context: LoadContext): Result<Config, readonly Problem[]> {
  const source = parseSource(text, context.file, context.env);
  if (source.problems.length > 0) return err(source.problems);
  const shaped = fit(source.value ?? {});
  const findings: Finding[] = [...shaped.findings];
  const report = (finding: Finding): void => {
    // What was cut out below a place may be just what is missed there now.
    if (!shaped.findings.some((other) => isAncestor(finding.path, other.path)))
      findings.push(finding);
  };
  const config =
    shaped.value === undefined
      ? undefined
      : resolve(shaped.value, { readFile: context.readFile, report });
  if (config !== undefined && findings.length === 0) return ok(config);
  return err(inOrder(findings.map(source.locate)));
}

function isAncestor(path: readonly PropertyKey[], other: readonly PropertyKey[]): boolean {
  return path.length < other.length && path.every((key, index) => key === other[index]);
}

type Fitted = { readonly value?: Shape; readonly findings: readonly Finding[] };

/**
 * Fits a value to the shape. Where it does not fit, what is wrong is cut out and the rest tried again, so that names that
 * lead nowhere are reported in the same run as a misspelt key.
 */
function fit(value: unknown): Fitted {
  const first = shape.safeParse(value);
  if (first.success) return { value: first.data, findings: [] };
  const findings = findingsOf(first.error.issues, value);
  const rest = structuredClone(value);
  for (const issue of first.error.issues) {
    if (issue.code !== "unrecognized_keys") cut(rest, issue.path);
    else for (const key of issue.keys) cut(rest, [...issue.path, key]);
  }
  const second = shape.safeParse(rest);
  return second.success ? { value: second.data, findings } : { findings };
}

/** Removes what stands at a path. In a list it leaves the place empty, so that later places keep their numbers. */
function cut(root: unknown, path: readonly PropertyKey[]): void {
  const [last] = path.slice(-1);
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((node, key) => (isObject(node) ? Reflect.get(node, key) : undefined), root);
  if (last === undefined || !isObject(parent)) return;
  Reflect.deleteProperty(parent, last);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
}
