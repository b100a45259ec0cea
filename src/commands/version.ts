// `recloser version`.
import { buildInfo, type BuildInfo } from "../build-info.ts";
import { parseOptions } from "./arguments.ts";
import { EXIT, type CommandIo } from "./io.ts";

/** Prints which build this is. */
export function run(args: readonly string[], io: CommandIo): Promise<number> {
  const parsed = parseOptions(args, { json: { type: "boolean" } });
  if (!parsed.ok) {
    io.stderr(`recloser version: ${parsed.error}\n`);
    return Promise.resolve(EXIT.usage);
  }
  const info = buildInfo();
  io.stdout(parsed.value.values.json === true ? `${JSON.stringify(info)}\n` : sentence(info));
  return Promise.resolve(EXIT.ok);
}

function sentence(info: BuildInfo): string {
  return `recloser ${info.version} (commit ${info.commit}, Bun ${info.bun}, ${info.target})\n`;
}
