// Every routing policy by the name that the config uses.
import { cost } from "./cost.ts";
import { headroom } from "./headroom.ts";
import { latency } from "./latency.ts";
import { leastBusy } from "./least-busy.ts";
import type { Policy } from "./policy.ts";
import { priority } from "./priority.ts";
import { weighted } from "./weighted.ts";

/** The policies; a new one is one file and one line here. */
export const POLICIES = {
  weighted,
  least_busy: leastBusy,
  latency,
  cost,
  priority,
  headroom,
} as const satisfies Record<string, Policy>;

/** Name of a policy as in the config. */
export type PolicyName = keyof typeof POLICIES;
