// `recloser check`: every problem of a config file with its place, what was expected and a hint. No network.
import { loadConfigFile, type LoadedFile } from "./config-file.ts";
import type { Config } from "../config/config.ts";
import type { Problem } from "../config/problem.ts";
import { parseOptions } from "./arguments.ts";
import { EXIT, type CommandIo } from "./io.ts";

/** Runs the command. */
export async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const parsed = parseOptions(args, { config: { type: "string" }, json: { type: "boolean" } });
  if (!parsed.ok) {
    io.stderr(`recloser check: ${parsed.error}\n`);
    return EXIT.usage;
  }
  const { config, json } = parsed.value.values;
  const loaded = await loadConfigFile(config, io);
  switch (loaded.kind) {
    case "unreadable":
      io.stderr(`recloser: ${loaded.message}\n`);
      return EXIT.no;
    case "invalid":
      io.stdout(
        json ? `${JSON.stringify(loaded.problems, undefined, 2)}\n` : report(loaded, io.color),
      );
      return EXIT.no;
    case "valid":
      io.stdout(json === true ? "[]\n" : summary(loaded.file, loaded.config));
      return EXIT.ok;
  }
}

function summary(file: string, config: Config): string {
  const counts = [
    plural(config.providers.size, "provider"),
    plural(config.models.size, "model"),
    plural(config.pools.size, "pool"),
  ];
  const { host, port } = config.listen;
  return `${file} is valid: ${counts.join(", ")}; auth ${config.auth.mode}; listens on ${host}:${port}\n`;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** All problems of a file, each with the line that it stands on. */
export function report(loaded: Extract<LoadedFile, { kind: "invalid" }>, color: boolean): string {
  const lines = loaded.text.split("\n");
  const parts = loaded.problems.map((problem) =>
    describe(problem, lines[problem.line - 1] ?? "", color),
  );
  return `${parts.join("\n")}\n${plural(parts.length, "problem")} in ${loaded.file}\n`;
}

function describe(problem: Problem, source: string, color: boolean): string {
  const paint = (code: number, text: string): string =>
    color ? `\u001b[${code}m${text}\u001b[0m` : text;
  const place = `${problem.file}:${problem.line}:${problem.column}`;
  const subject = problem.path === "" ? "" : `${problem.path}: `;
  const number = String(problem.line).padStart(4);
  // A line with a secret is not shown: the place is enough.
  const excerpt = /key|token|secret/i.test(source)
    ? ""
    : `${number} | ${source}\n${" ".repeat(4)} | ${" ".repeat(problem.column - 1)}${paint(31, "^")}\n`;
  const hint = problem.hint === undefined ? "" : `     ${paint(36, "hint:")} ${problem.hint}\n`;
  return `${paint(1, place)}: ${subject}${problem.message}\n${excerpt}${hint}`;
}
