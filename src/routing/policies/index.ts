// Every routing policy by the name that the config uses.
import type { Policy } from "./policy.ts";
import { weighted } from "./weighted.ts";

/** The policies; a new one is one file and one line here. */
export const POLICIES = { weighted } as const satisfies Record<string, Policy>;

/** Name of a policy as in the config. */
export type PolicyName = keyof typeof POLICIES;
