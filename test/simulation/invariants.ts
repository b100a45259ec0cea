// What must hold in every simulated world, decided by plain bookkeeping over what the upstreams saw and what the calls tell.
import type { AttemptStep, Trail } from "../../src/gateway/trail.ts";
import type { Outcome, Truth } from "./world.ts";

/** Says what is wrong, in lines; empty: nothing. */
export type Check = (outcome: Outcome) => readonly string[];

/** All checks, by what they promise. */
export const CHECKS = {
  "somebody who can serve is always found": served,
  "who did nothing wrong is not benched": innocent,
  "the innocent keep their shares": shares,
  "who recovered is asked again": recovered,
  "retries stay within the budget": budget,
  "one probe at a time": probes,
  "a time that was named is kept": patience,
  "nothing is left over": leftovers,
} as const satisfies Record<string, Check>;

/** The first site of a world has no trouble, ever. */
function served({ statuses }: Outcome): readonly string[] {
  const bad = statuses.filter((status) => status !== 200);
  return bad.length === 0
    ? []
    : [`${bad.length} of ${statuses.length} calls failed: ${bad.slice(0, 5).join(", ")}`];
}

function attemptsOf(
  trails: readonly Trail[],
): readonly (AttemptStep & { readonly start: number })[] {
  return trails.flatMap(({ arrivedAt, steps }) =>
    steps.flatMap((step) =>
      step.kind === "attempt" ? [{ ...step, start: arrivedAt + step.at }] : [],
    ),
  );
}

/** Which scopes each trouble speaks of. */
const SPEAKS_OF: Readonly<Record<Truth, readonly string[]>> = {
  fine: [],
  unreachable: ["member", "provider"],
  "503": ["member"],
  "500": ["member"],
  silent: ["member"],
  limited: ["key-model"],
  refused: ["key"],
};

/** What the gateway calls each trouble. */
const TRUTHS: Readonly<Record<string, Truth>> = {
  unreachable: "unreachable",
  overloaded: "503",
  "server-error": "500",
  timeout: "silent",
  "rate-limited": "limited",
  unauthenticated: "refused",
};

function innocent({ trails }: Outcome): readonly string[] {
  return attemptsOf(trails).flatMap(({ changes, evidence, provider, model }) =>
    changes.flatMap(({ scope, name, from, to }) => {
      // A probe that was given up opens its breaker again without a reason of its own.
      if (from !== "closed" || to !== "open") return [];
      const truth = TRUTHS[evidence?.class ?? ""] ?? "fine";
      const isTouched = name.includes(
        scope === "provider" || scope.startsWith("key") ? provider : model,
      );
      const speaks = SPEAKS_OF[truth].includes(scope);
      return speaks && isTouched
        ? []
        : [`${scope} ${name} opened on ${evidence?.class ?? "nothing"}`];
    }),
  );
}

/** Sites that never had any trouble: among themselves they share by weight. */
function shares({ scenario, arrivals }: Outcome): readonly string[] {
  if (scenario.policy !== "weighted") return [];
  const sound = scenario.sites.filter(
    ({ troubles, keys }) =>
      troubles.length === 0 &&
      keys.every(({ refused, perMinute }) => refused.length === 0 && perMinute === Infinity),
  );
  const tier = Math.min(...scenario.sites.map((site) => site.tier));
  const peers = sound.filter((site) => site.tier === tier);
  const counts = peers.map(({ name }) => arrivals.filter(({ site }) => site === name).length);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const weights = peers.reduce((sum, { weight }) => sum + weight, 0);
  return peers.flatMap(({ name, weight }, index) => {
    const wanted = (total * weight) / weights;
    const got = counts[index] ?? 0;
    const slack = 0.05 * wanted + 4 * Math.sqrt(wanted);
    return Math.abs(got - wanted) <= slack
      ? []
      : [`${name} got ${got} of ${total}, not ${Math.round(wanted)}`];
  });
}

/** After its last trouble a member of the first tier is asked again, within its longest rest and a few calls. */
function recovered({ scenario, arrivals }: Outcome): readonly string[] {
  if (scenario.policy !== "weighted") return [];
  const tier = Math.min(...scenario.sites.map((site) => site.tier));
  const weights = scenario.sites.reduce((sum, { weight }) => sum + weight, 0);
  return scenario.sites.flatMap((site) => {
    if (site.tier !== tier || site.keys.some(({ refused }) => refused.length > 0)) return [];
    const end = Math.max(0, ...site.troubles.map(({ to }) => to));
    const limit = end + scenario.maxCooldown * 1.1 + (60 * scenario.gap * weights) / site.weight;
    if (site.troubles.length === 0 || limit >= scenario.duration) return [];
    const isBack = arrivals.some(
      ({ at, site: name, truth }) =>
        name === site.name && at >= end && at <= limit && truth === "fine",
    );
    return isBack
      ? []
      : [`${site.name} was well from ${Math.round(end)}, and not asked until ${Math.round(limit)}`];
  });
}

/** As the worlds configure it: two for each call of the last ten seconds, at least ten. */
function budget({ trails }: Outcome): readonly string[] {
  const calls = trails.map(({ arrivedAt }) => arrivedAt).toSorted((a, b) => a - b);
  const retries = attemptsOf(trails)
    .filter(({ number }) => number > 1)
    .map(({ start }) => start)
    .toSorted((a, b) => a - b);
  let firstCall = 0;
  let lastCall = 0;
  let firstRetry = 0;
  return retries.flatMap((at, index) => {
    while ((retries[firstRetry] ?? at) < at - 9000) firstRetry += 1;
    // The gateway counts in whole seconds: a call of up to ten seconds ago may count.
    while ((calls[firstCall] ?? at) < at - 11_000) firstCall += 1;
    while ((calls[lastCall] ?? Infinity) <= at) lastCall += 1;
    const used = index - firstRetry + 1;
    const allowed = Math.max(10, 2 * (lastCall - firstCall)) + 1;
    return used <= allowed
      ? []
      : [`${used} retries before ${Math.round(at)} with ${lastCall - firstCall} calls`];
  });
}

function probes({ arrivals }: Outcome): readonly string[] {
  return arrivals.flatMap(({ site, at, probes: count }) =>
    count > 1 ? [`${count} probes of ${site} at ${Math.round(at)}`] : [],
  );
}

function patience({ arrivals }: Outcome): readonly string[] {
  return arrivals.flatMap(({ site, key, at, early }) =>
    early ? [`${site} was asked with ${key} at ${Math.round(at)}, before its time`] : [],
  );
}

function leftovers({ runtime, trails }: Outcome): readonly string[] {
  const { permits } = runtime.cells;
  const halfOpen = runtime.cells.list().filter(({ breaker }) => breaker.state === "half-open");
  const under = attemptsOf(trails).filter(({ verdict }) => verdict === "under way");
  return [
    ...[...permits.all()].map(([name, count]) => `${count} permits of ${name} were not given back`),
    ...(permits.waiting() === 0 ? [] : [`${permits.waiting()} calls still wait`]),
    ...halfOpen.map(({ scope, name }) => `${scope} ${name} is still half-open`),
    ...(under.length === 0 ? [] : [`${under.length} attempts never ended`]),
  ];
}

/** Runs all checks; each line names the seed. */
export function violations(outcome: Outcome): readonly string[] {
  return Object.entries(CHECKS).flatMap(([promise, check]) =>
    check(outcome)
      .slice(0, 3)
      .map((line) => `seed ${outcome.scenario.seed}: ${promise}: ${line}`),
  );
}
