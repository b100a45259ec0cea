// The members in the order in which the config lists them: the first that can serve does.
import { least, type Policy } from "./policy.ts";

/** Prefers members that stand higher in the list. */
export const priority: Policy = () => (candidates) => least(candidates, ({ index }) => index);
