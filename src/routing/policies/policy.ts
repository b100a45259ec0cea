// What a routing policy is; one policy a file beside this one.
import type { Member } from "../upstream.ts";

/** Picks one of the usable members (given by index, at least one) for the next call. */
export type Picker = (usable: readonly number[]) => number | undefined;

/** Makes a picker for a pool's members; the picker owns the counters that it needs. */
export type Policy = (members: readonly Member[]) => Picker;
