// From a config file's text to the config, with every problem at once.
import { err, ok, type Result } from "../lib/result.ts";
import type { Config } from "./config.ts";
import { fit, isWithin } from "./fit.ts";
import type { Env } from "./interpolate.ts";
import type { Finding, Path, Problem } from "./problem.ts";
import { resolve } from "./resolve.ts";
import type { Names, Resolving } from "./resolving.ts";
import { shower, type Show } from "./show.ts";
import { parseSource } from "./source.ts";
import { valueAt } from "./findings.ts";

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
  if (!("value" in source)) return err(inOrder(source.problems));
  const show = shower(source.filledAt);
  const given = source.value ?? {};
  const fitted = fit(given, {
    isFilled: (path) => source.filledAt(path)?.complete === true,
    show,
  });
  const findings: Finding[] = [...fitted.findings];
  const isCut = (path: Path): boolean =>
    fitted.cut.some((place) => isWithin(place, path) || isWithin(path, place));
  const report = (finding: Finding): void => {
    const path = fitted.original(finding.path);
    // What was cut out may be just what is missed now.
    if (!isCut(path)) findings.push({ ...finding, path });
  };
  const shownAt: Show = (path, value) => show(fitted.original(path), value);
  const { readFile } = context;
  const names = namesIn(given);
  const config =
    fitted.value === undefined
      ? undefined
      : resolve(fitted.value, { readFile, report, show: shownAt, isCut, names });
  // A variable that is not set was reported; that its name does not fit the place says nothing more.
  const own = findings.filter(({ path }) => source.filledAt(path)?.complete !== false);
  const problems = [...source.problems, ...own.map(source.locate)];
  return config !== undefined && problems.length === 0 ? ok(config) : err(inOrder(problems));
}

function namesIn(given: unknown): Names {
  const under = (key: string): readonly string[] => {
    const value = valueAt(given, [key]);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.keys(value)
      : [];
  };
  return {
    providers: under("providers"),
    models: under("models"),
    pools: under("pools"),
    aliases: under("aliases"),
  };
}

function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
}
