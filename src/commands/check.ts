// `recloser check`: every problem of a config file with its place, what was expected and a hint. No network.
import type { Config } from "../config/config.ts";
import { excerptOf } from "../config/excerpt.ts";
import type { Problem } from "../config/problem.ts";
import { parseOptions } from "./arguments.ts";
import { loadConfigFile, type LoadedFile } from "./config-file.ts";
import { EXIT, type CommandIo } from "./io.ts";

/** Runs the command: exit code 0 if the config can be served, 1 if not, 2 if the command line is wrong. */
export async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const parsed = parseOptions(args, { config: { type: "string" }, json: { type: "boolean" } });
  if (!parsed.ok) {
    io.stderr(`recloser check: ${parsed.error}\n`);
    return EXIT.usage;
  }
  const { config, json } = parsed.value.values;
  const loaded = await loadConfigFile(config, io);
  if (json === true) {
    io.stdout(`${JSON.stringify(outcome(loaded), undefined, 2)}\n`);
    return loaded.kind === "valid" ? EXIT.ok : EXIT.no;
  }
  switch (loaded.kind) {
    case "unreadable":
      io.stderr(`recloser: ${loaded.message}\n`);
      return EXIT.no;
    case "invalid":
      io.stdout(report(loaded, io.color));
      return EXIT.no;
    case "valid":
      io.stdout(summary(loaded.file, loaded.config));
      return EXIT.ok;
  }
}

/** What `--json` prints. */
type Outcome = {
  readonly valid: boolean;
  readonly file?: string;
  /** Why there is nothing to check. */
  readonly message?: string;
  readonly problems: readonly Problem[];
};

function outcome(loaded: LoadedFile): Outcome {
  switch (loaded.kind) {
    case "unreadable":
      return { valid: false, message: loaded.message, problems: [] };
    case "invalid":
      return { valid: false, file: loaded.file, problems: loaded.problems };
    case "valid":
      return { valid: true, file: loaded.file, problems: [] };
  }
}

function summary(file: string, config: Config): string {
  const { host, port } = config.listen;
  const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const counts = [
    plural(config.providers.size, "provider"),
    plural(config.models.size, "model"),
    plural(config.pools.size, "pool"),
  ];
  const first = `${file} is valid: listens on ${address}, auth ${config.auth.mode}, ${counts.join(", ")}\n`;
  return isCallable(config) ? first : `${first}${NOTHING_TO_CALL}`;
}

/** Not an error: such a gateway runs, but a person would hardly want it. */
const NOTHING_TO_CALL = `note: no model can be called yet: name some under models, or set ad_hoc_models: true in a provider
`;

function isCallable({ models, pools, providers }: Config): boolean {
  const adHoc = providers.values().some((provider) => provider.adHocModels);
  return models.size > 0 || pools.size > 0 || adHoc;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** All problems of a file, each with the line that it stands on. */
export function report(loaded: Extract<LoadedFile, { kind: "invalid" }>, color: boolean): string {
  const lines = loaded.text.split("\n");
  const parts = loaded.problems.map((problem) => describe(problem, lines, color));
  return `${parts.join("\n")}\n${plural(parts.length, "problem")} in ${loaded.file}\n`;
}

function describe(problem: Problem, lines: readonly string[], color: boolean): string {
  const paint = (code: number, text: string): string =>
    color ? `\u001b[${code}m${text}\u001b[0m` : text;
  const place = `${problem.file}:${problem.line}:${problem.column}`;
  const subject = problem.path === "" ? "" : `${problem.path}: `;
  const number = String(problem.line).padStart(5);
  const margin = " ".repeat(number.length);
  const excerpt = excerptOf(lines, problem);
  const shown =
    excerpt === undefined
      ? ""
      : `${paint(2, `${number} |`)} ${excerpt.line}\n${paint(2, `${margin} |`)} ${excerpt.indent}${paint(31, "^")}\n`;
  const hint =
    problem.hint === undefined
      ? ""
      : `${margin} ${paint(2, "=")} ${paint(36, "hint:")} ${problem.hint}\n`;
  return `${paint(1, place)}: ${subject}${problem.message}\n${shown}${hint}`;
}
