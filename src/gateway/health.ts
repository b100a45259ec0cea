// The health of everything as a document that outlives the process: who rests until when, why, and what is drained. Times are
// those of the wall clock, since the monotonic one begins anew with each process.
import { ms, type Milliseconds } from "../lib/time.ts";
import { asArray, asNumber, asRecord, asString, type Json } from "../lib/json.ts";
import type { FailureClass } from "../ir/failure.ts";
import { EFFECTS } from "../routing/fault.ts";
import type { Scope } from "../routing/scopes.ts";
import type { Cell, Cells } from "./cells.ts";

/** What is kept of one cell. */
export type KeptCell = {
  readonly scope: Scope;
  readonly name: string;
  /** When it may be tried again (Unix milliseconds), and how often in a row it was benched; absent: it is well. */
  readonly until?: number;
  readonly trips?: number;
  readonly why?: FailureClass;
  /** Since when it is drained (Unix milliseconds). */
  readonly drained_at?: number;
};

/** The two clocks at the same moment. */
export type Clocks = { readonly now: Milliseconds; readonly wall: number };

/** Everything that is not well, or drained. */
export function keptHealth(cells: Cells, clocks: Clocks): readonly KeptCell[] {
  return cells.list().flatMap((cell) => {
    const rest = restOf(cell, clocks);
    if (rest === undefined && cell.drainedAt === undefined) return [];
    const { scope, name, why, drainedAt } = cell;
    const reason = why === undefined ? {} : { why };
    const drained = drainedAt === undefined ? {} : { drained_at: drainedAt };
    return [{ scope, name, ...rest, ...reason, ...drained }];
  });
}

function restOf(
  { breaker }: Cell,
  { now, wall }: Clocks,
): Pick<KeptCell, "until" | "trips"> | undefined {
  switch (breaker.state) {
    case "closed":
      return undefined;
    // Whatever its probe would have said is not known after a restart.
    case "half-open":
      return { until: wall, trips: breaker.trips };
    case "open":
      return { until: Math.round(wall + (breaker.until - now)), trips: breaker.trips };
  }
}

const SCOPES: Readonly<Record<Scope, true>> = {
  member: true,
  model: true,
  "key-model": true,
  key: true,
  provider: true,
};

/** Puts back what was kept, with its deadlines; whatever does not look like it is left out. Returns how many cells it was. */
export function restoreHealth(cells: Cells, kept: Json, { now, wall }: Clocks): number {
  let count = 0;
  for (const each of asArray(kept) ?? []) {
    const record = asRecord(each);
    const scope = scopeIn(record?.["scope"]);
    const name = asString(record?.["name"]);
    if (record === undefined || scope === undefined || name === undefined) continue;
    const cell = cells.cell(scope, name);
    const until = asNumber(record["until"]);
    if (until !== undefined) {
      const trips = asNumber(record["trips"]) ?? 1;
      cell.breaker = { state: "open", until: ms(now + Math.max(until - wall, 0)), trips };
    }
    cell.why = classIn(record["why"]);
    cell.drainedAt = asNumber(record["drained_at"]);
    count += 1;
  }
  return count;
}

function scopeIn(value: Json | undefined): Scope | undefined {
  const word = asString(value) ?? "";
  return Object.keys(SCOPES).find((scope): scope is Scope => scope === word);
}

function classIn(value: Json | undefined): FailureClass | undefined {
  const word = asString(value) ?? "";
  return Object.keys(EFFECTS).find((kind): kind is FailureClass => kind === word);
}
