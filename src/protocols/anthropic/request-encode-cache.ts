// The member for a cache breakpoint (translation.md B.8); which are sent is the kit's choice.
import type { CachePoint } from "../../ir/block.ts";
import type { Draft } from "../kit/residue.ts";

/** The member for a breakpoint. Lifetimes that the vendor does not have become its default. */
export function cacheControl(point: CachePoint | undefined): Draft | undefined {
  if (point === undefined) return undefined;
  return { type: "ephemeral", ttl: point.ttl === "30m" ? undefined : point.ttl };
}
