// `recloser drain NAME` and `recloser undrain NAME`.
import type { Drained } from "../gateway/drain.ts";
import { ADMIN_OPTIONS, ask, findAdmin } from "./admin-client.ts";
import { parseOptions } from "./arguments.ts";
import { EXIT, type CommandIo } from "./io.ts";

/** Runs `drain`. */
export function run(args: readonly string[], io: CommandIo): Promise<number> {
  return change("drain", args, io);
}

/** Runs one of the two. */
export async function change(
  command: "drain" | "undrain",
  args: readonly string[],
  io: CommandIo,
): Promise<number> {
  const parsed = parseOptions(args, ADMIN_OPTIONS, true);
  const [name, ...more] = parsed.ok ? parsed.value.positionals : [];
  if (!parsed.ok || name === undefined || more.length > 0) {
    const reason = parsed.ok ? "expected one name" : parsed.error;
    io.stderr(`recloser ${command}: ${reason}\n`);
    return EXIT.usage;
  }
  const admin = await findAdmin(parsed.value.values, io);
  const told = admin.ok ? await ask(admin.value, `/${command}`, { name }) : admin;
  if (!told.ok) {
    io.stderr(`recloser ${command}: ${told.error}\n`);
    return EXIT.no;
  }
  io.stdout(
    parsed.value.values.json === true
      ? `${JSON.stringify(told.value)}\n`
      : said(command, told.value),
  );
  return EXIT.ok;
}

function said(command: "drain" | "undrain", reply: unknown): string {
  const isDone = typeof reply === "object" && reply !== null && "in_flight" in reply;
  if (!isDone) return `${JSON.stringify(reply)}\n`;
  // The gateway is of the same build, or near it.
  const { scope, name, in_flight: left, eta_ms: eta } = reply as Drained;
  if (command === "undrain") return `${scope} ${name} serves again\n`;
  const time = eta === undefined ? "" : `, the last should end in about ${seconds(eta)}`;
  return left === 0
    ? `${scope} ${name} is drained: nothing is under way there\n`
    : `${scope} ${name} gets no new calls; ${left} still under way${time}\n`;
}

/** A time for people. */
export function seconds(time: number): string {
  if (time < 1000) return `${Math.round(time)} ms`;
  return time < 120_000 ? `${(time / 1000).toFixed(1)} s` : `${Math.round(time / 60_000)} min`;
}
