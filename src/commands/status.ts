// `recloser status`: how all pools stand, as a table; with --watch again and again.
import type { MemberOverview, PoolOverview } from "../gateway/overview.ts";
import { ADMIN_OPTIONS, ask, findAdmin, type Admin } from "./admin-client.ts";
import { parseOptions } from "./arguments.ts";
import { seconds } from "./drain.ts";
import { EXIT, type CommandIo } from "./io.ts";

const EVERY_MS = 1000;

/** Runs the command. */
export async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const parsed = parseOptions(args, { ...ADMIN_OPTIONS, watch: { type: "boolean" } });
  if (!parsed.ok) {
    io.stderr(`recloser status: ${parsed.error}\n`);
    return EXIT.usage;
  }
  const { values } = parsed.value;
  const admin = await findAdmin(values, io);
  if (!admin.ok) {
    io.stderr(`recloser status: ${admin.error}\n`);
    return EXIT.no;
  }
  const show = (): Promise<boolean> =>
    once(admin.value, io, values.json === true, values.watch === true);
  if (values.watch !== true) return (await show()) ? EXIT.ok : EXIT.no;
  const stop = io.stop();
  while (!stop.aborted) {
    if (!(await show())) return EXIT.no;
    await Bun.sleep(EVERY_MS);
  }
  return EXIT.ok;
}

/** From the top of an empty screen. */
const CLEAR = "\u001B[2J\u001B[H";

async function once(admin: Admin, io: CommandIo, json: boolean, watch: boolean): Promise<boolean> {
  const told = await ask(admin, "/pools");
  if (!told.ok) {
    io.stderr(`recloser status: ${told.error}\n`);
    return false;
  }
  const text = json ? `${JSON.stringify(told.value)}\n` : table(poolsIn(told.value), io.color);
  io.stdout(watch && io.color ? CLEAR + text : text);
  return true;
}

function poolsIn(reply: unknown): readonly PoolOverview[] {
  const hasPools = typeof reply === "object" && reply !== null && "pools" in reply;
  // The gateway is of the same build, or near it: what it lacks shows as empty cells.
  return hasPools && Array.isArray(reply.pools) ? (reply.pools as readonly PoolOverview[]) : [];
}

const HEADER = [
  "POOL",
  "MODEL",
  "TIER",
  "WEIGHT",
  "STATE",
  "IN FLIGHT",
  "FIRST BYTE",
  "QUOTA",
  "WHY",
];

/** The pools as lines; members of one pool stand together. */
export function table(pools: readonly PoolOverview[], color: boolean): string {
  const rows = pools.flatMap(({ pool, members }) =>
    members.map((member, index) => rowOf(index === 0 ? pool : "", member)),
  );
  const widths = HEADER.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const painted = rows.map((row) => (color ? paint(line(row), row[4] ?? "") : line(row)));
  return `${[line(HEADER), ...painted].join("\n")}\n`;
}

function rowOf(pool: string, member: MemberOverview): readonly string[] {
  const { model, tier, weight, ramp, state, in_flight: inFlight, max_concurrent: cap } = member;
  const wait = member.ready_in_ms;
  const speed = member.streamed ?? member.whole;
  const quotas = member.keys.flatMap((key) => key.quota_left ?? []);
  return [
    pool,
    model,
    String(tier),
    ramp < 1 ? `${weight} (${Math.round(ramp * 100)}%)` : String(weight),
    wait === undefined ? state : `${state} ${seconds(wait)}`,
    cap === undefined ? String(inFlight) : `${inFlight}/${cap}`,
    speed === undefined ? "-" : seconds(speed.average_ms),
    quotas.length === 0 ? "-" : `${Math.round(Math.max(...quotas) * 100)}%`,
    member.because ?? resting(member),
  ];
}

/** Keys that rest while the member serves with others. */
function resting({ keys }: MemberOverview): string {
  const away = keys.filter(({ state }) => state !== "serving");
  return away
    .map(
      ({ id, state, because }) =>
        `key ${id} ${state}${because === undefined ? "" : ` (${because})`}`,
    )
    .join(", ");
}

function paint(line: string, state: string): string {
  if (state.startsWith("serving")) return line;
  const code = state.startsWith("benched") || state.startsWith("drained") ? 31 : 33;
  return `\u001B[${code}m${line}\u001B[0m`;
}
