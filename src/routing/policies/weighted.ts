// By weight, in smooth turns.
import { smoothTurns } from "../turns.ts";
import type { Policy } from "./policy.ts";

/** Shares calls by weight among the members that can serve now. */
export const weighted: Policy = (members) => smoothTurns(members.length);
