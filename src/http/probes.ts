// `/healthz` and `/readyz`, open on both listeners (interface.md).
import { overviewOf, type PoolOverview } from "../gateway/overview.ts";
import type { Runtime } from "../gateway/runtime.ts";

/** Whether the gateway can serve, and in lines what stands in the way, or stands in the way of a part of it. */
export type Readiness = { readonly ready: boolean; readonly lines: readonly string[] };

/** Answers a probe; `undefined` for any other path. */
export function probe(path: string, readiness: () => Readiness): Response | undefined {
  switch (path) {
    case "/healthz":
      return plain(200, ["ok"]);
    case "/readyz": {
      const { ready, lines } = readiness();
      return plain(ready ? 200 : 503, [ready ? "ready" : "not ready", ...lines]);
    }
    default:
      return undefined;
  }
}

/** What is known of the process and of its pools; looking changes nothing. */
export function readinessOf(runtime: Runtime, isStopping: boolean): Readiness {
  if (isStopping) return { ready: false, lines: ["draining: the process is being stopped"] };
  const pools = [...runtime.targets.pools.values()].map((pool) => overviewOf(runtime, pool));
  const down = pools.filter(({ serves }) => !serves);
  return { ready: pools.length === 0 || down.length < pools.length, lines: down.map(lineOf) };
}

function lineOf({ pool, members }: PoolOverview): string {
  const reasons = members.map(({ model, state, ready_in_ms: wait }) => {
    const time = wait === undefined ? "" : `, ${Math.ceil(wait / 1000)} s`;
    return `${model}: ${state}${time}`;
  });
  return `${pool}: no member can serve (${reasons.join("; ")})`;
}

/** For those who may not know the names of pools. */
export function withoutNames({ ready, lines }: Readiness): Readiness {
  const told = lines.filter((line) => line.startsWith("draining"));
  const pools = lines.length - told.length;
  return {
    ready,
    lines: pools === 0 ? told : [...told, `${pools} pools or models have no member that can serve`],
  };
}

function plain(status: number, lines: readonly string[]): Response {
  const headers = { "content-type": "text/plain; charset=utf-8" };
  return new Response(`${lines.join("\n")}\n`, { status, headers });
}
