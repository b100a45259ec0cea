// The cheapest member first; a dearer one only when no cheaper can serve.
import { least, type Policy } from "./policy.ts";

/** Prefers members that cost least. A member without a price is dearer than any other. */
export const cost: Policy = (members) => (candidates) =>
  least(candidates, ({ index }) => members[index]?.upstream.price ?? Infinity);
