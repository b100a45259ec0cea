// How a pool's members stand at this moment, and the way to the one that was chosen: its key and its cells.
import { ms, type Milliseconds } from "../lib/time.ts";
import { admission, any, both, type Admission } from "../routing/admission.ts";
import { keyForSession } from "../routing/affinity.ts";
import { rampShare } from "../routing/breaker.ts";
import { expected } from "../routing/gauge.ts";
import { pickKey, useKey } from "../routing/keys.ts";
import type { MemberView, Standing } from "../routing/plan.ts";
import type { Member, Pool } from "../routing/upstream.ts";
import type { Call } from "./call.ts";
import type { Cell, KeyCells, MemberCells } from "./cells.ts";
import type { Lane } from "./outcome.ts";
import type { Provider, Runtime } from "./runtime.ts";
import type { AttemptStep, Considered } from "./trail.ts";

/** A member with everything that decides about it. */
export type Standpoint = MemberView & {
  readonly cells: MemberCells;
  readonly provider: Provider;
  readonly member: Member;
  /** Keys that can be used now, by index. */
  readonly readyKeys: readonly number[];
};

/** What of a call decides about members. */
export type Seen = {
  readonly now: Milliseconds;
  readonly stream: boolean;
  /** Whether the client brings a key of its own. */
  readonly ownKey: boolean;
  /** Keys that this call has used up, by model. */
  readonly triedKeys: ReadonlyMap<string, ReadonlySet<number>>;
  /** What each member cannot take of the call, by index; `undefined`: nothing that is known. */
  readonly unfit: readonly (string | undefined)[];
};

/** Looks at every member of a pool. */
export function standpoints(runtime: Runtime, pool: Pool, seen: Seen): readonly Standpoint[] {
  return pool.members.map((member, index) => standpoint(runtime, pool, member, { ...seen, index }));
}

function standpoint(
  runtime: Runtime,
  pool: Pool,
  member: Member,
  seen: Seen & { readonly index: number },
): Standpoint {
  const { upstream } = member;
  const { now } = seen;
  const provider = providerNamed(runtime, upstream.provider);
  const { name: model, maxConcurrent = Infinity } = upstream;
  const { permits } = runtime.cells;
  const cells = runtime.cells.of({
    pool: pool.name,
    model,
    provider: provider.name,
    keyIds: provider.keyIds,
  });
  const keys = seen.ownKey ? CLIENTS_KEY : keysOf(cells, now, seen.triedKeys.get(model));
  const breakers = [cells.member.breaker, cells.model.breaker, cells.provider.breaker];
  const inFlight = permits.inFlight(model);
  const unfit = seen.unfit[seen.index];
  const ramp = pool.benches.member.ramp;
  return {
    cells,
    provider,
    member,
    readyKeys: keys.ready,
    admission: both(admission(breakers, now), keys.admission),
    hasRoom: inFlight < maxConcurrent,
    isDrained: [cells.member, cells.model, cells.provider].some(isDrained) || keys.allDrained,
    weight: member.weight * rampShare(cells.member.breaker, now, ramp),
    inFlight,
    expectedMs: expected(seen.stream ? cells.gauges.streamed : cells.gauges.whole, inFlight, now),
    headroom: headroomOf(cells, keys.ready, now),
    ...(unfit === undefined ? {} : { unfit }),
  };
}

function isDrained(cell: Cell): boolean {
  return cell.drainedAt !== undefined;
}

type Keys = {
  readonly ready: readonly number[];
  readonly admission: Admission;
  readonly allDrained: boolean;
};

const SPENT: Admission = { verdict: "no", readyAt: ms(0) };

const CLIENTS_KEY: Keys = {
  ready: [],
  admission: { verdict: "yes", readyAt: ms(0) },
  allDrained: false,
};

function keysOf(cells: MemberCells, now: Milliseconds, tried?: ReadonlySet<number>): Keys {
  const ready: number[] = [];
  const admissions: Admission[] = [];
  let drained = 0;
  for (const [index, pair] of cells.keys.entries()) {
    if (isDrained(pair.key) || isDrained(pair.keyModel)) {
      drained += 1;
      continue;
    }
    if (tried?.has(index) === true) continue;
    const admitted = keyAdmission(pair, now);
    admissions.push(admitted);
    if (admitted.verdict !== "no") ready.push(index);
  }
  const verdict = admissions.length === 0 ? SPENT : any(admissions);
  return { ready, admission: verdict, allDrained: drained === cells.keys.length };
}

function keyAdmission({ key, keyModel }: KeyCells, now: Milliseconds): Admission {
  return admission([key.breaker, keyModel.breaker], now);
}

/** After this time a provider's last word on its limits is old: windows are a minute long. */
const QUOTA_MS = 60_000;

function headroomOf(cells: MemberCells, ready: readonly number[], now: Milliseconds): number {
  const left = ready.map((index) => {
    const quota = cells.keys[index]?.quota;
    return quota === undefined || now - quota.at > QUOTA_MS ? 1 : quota.left;
  });
  return left.length === 0 ? 1 : Math.max(...left);
}

/** The provider of that name. Throws if there is none: the config was checked. */
function providerNamed(runtime: Runtime, name: string): Provider {
  const provider = runtime.providers.get(name);
  if (provider === undefined) throw new Error(`no provider ${name}`);
  return provider;
}

/** What opening a lane needs besides its member. */
export type Opening = {
  readonly pool: Pool;
  readonly index: number;
  readonly number: number;
  readonly plain: boolean;
  readonly session: string | undefined;
  /** The key to use, where the call waited for just that one. */
  readonly key?: number;
};

/** Stands for a key that is not ours. */
const NO_KEY = -1;

/** Chooses the key and counts its use; the attempt is under way from here on. */
export function openLane(runtime: Runtime, call: Call, point: Standpoint, opening: Opening): Lane {
  const { pool, index, number, plain } = opening;
  const { cells, provider, member } = point;
  const ours = opening.key ?? keyOf(runtime, point, opening.session);
  const key = call.passToken === undefined ? ours : NO_KEY;
  const trace: AttemptStep = {
    kind: "attempt",
    at: runtime.now() - call.arrivedAt,
    number,
    model: member.upstream.name,
    provider: provider.name,
    key: provider.keyIds[key] ?? "",
    verdict: "under way",
    changes: [],
  };
  const attempt = runtime.newAttempt();
  return { attempt, number, pool, index, member, provider, key, plain, cells, trace };
}

function keyOf(
  runtime: Runtime,
  { provider, readyKeys }: Standpoint,
  session: string | undefined,
): number {
  const { cells } = runtime;
  const ring = cells.ring(provider.name, provider.credentials.length);
  const chosen =
    session === undefined
      ? pickKey(ring, readyKeys, provider.keyStrategy)
      : keyForSession(provider.name, readyKeys, session);
  // Only `least_bad` opens a lane while every key rests; it takes the one whose turn it is.
  const key = chosen ?? ring.next;
  if (provider.credentials.length > 1) cells.setRing(provider.name, useKey(ring, key));
  return key;
}

/** How the members stood, for the call's trail. */
export function consideredOf(
  points: readonly Standpoint[],
  stands: readonly Standing[],
  now: Milliseconds,
): readonly Considered[] {
  return points.map((point, index) => {
    const standing = stands[index] ?? "tried";
    const because = reasonOf(point, standing);
    const readyIn = standing === "benched" ? Math.max(point.admission.readyAt - now, 0) : undefined;
    return {
      model: point.member.upstream.name,
      standing,
      ...(because === undefined ? {} : { because }),
      ...(readyIn === undefined ? {} : { readyIn: Math.round(readyIn) }),
    };
  });
}

function reasonOf({ cells, unfit }: Standpoint, standing: Standing): string | undefined {
  switch (standing) {
    case "unfit":
      return unfit;
    case "benched":
    case "probe":
      return named(allCells(cells).filter(({ breaker }) => breaker.state !== "closed"));
    case "drained":
      return named(allCells(cells).filter(isDrained));
    case "usable":
    case "full":
    case "too-small":
    case "tried":
      return undefined;
  }
}

function named(cells: readonly Cell[]): string | undefined {
  const words = cells.map(({ scope, name, why }) =>
    why === undefined ? `${scope} ${name}` : `${scope} ${name} (${why})`,
  );
  return words.length === 0 ? undefined : words.join(", ");
}

/** Every cell that can keep a member from serving. */
function allCells({ member, model, provider, keys }: MemberCells): readonly Cell[] {
  return [member, model, provider, ...keys.flatMap(({ key, keyModel }) => [key, keyModel])];
}
