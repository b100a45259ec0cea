// `recloser undrain NAME`.
import { change } from "./drain.ts";
import type { CommandIo } from "./io.ts";

/** Runs the command. */
export function run(args: readonly string[], io: CommandIo): Promise<number> {
  return change("undrain", args, io);
}
