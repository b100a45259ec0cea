// What a place of the config says of losses in translation.
import { FEATURES } from "../ir/loss.ts";
import { isLossId } from "../ir/loss-header.ts";
import type { LossRules } from "../ir/policy.ts";
import type { Path } from "./problem.ts";
import { reference, type Resolving } from "./resolving.ts";
import type { Shape } from "./shape.ts";

/** Reads the rules at a path; ids that do not exist are reported. `undefined`: there are none. */
export function resolveLosses(
  given: Shape["losses"],
  path: Path,
  context: Resolving,
): LossRules | undefined {
  if (given === undefined) return undefined;
  const { strict, allow = [] } = given;
  const known = Object.keys(FEATURES);
  for (const [index, id] of allow.entries()) {
    reference({ path: [...path, "allow", index], known, what: "loss" }, id, context);
  }
  return { ...(strict === undefined ? {} : { strict }), allow: allow.filter(isLossId) };
}
