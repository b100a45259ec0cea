// Decides what becomes of losses (translation.md C.1): which make the gateway refuse the call, and which the caller is told.
import type { Failure } from "./failure.ts";
import { FEATURES, type Loss, type LossId, type Report, type Severity } from "./loss.ts";

/** What a caller or a route puts up with. */
export type LossPolicy = {
  /** Refuse everything that could change the answer. */
  readonly strict: boolean;
  /** Losses that were allowed by name; they are never a reason to refuse. */
  readonly allow: ReadonlySet<LossId>;
};

/** What one place says of losses: the config as a whole, a pool, a model, or a request. */
export type LossRules = {
  /** Absent: no word on it. */
  readonly strict?: boolean;
  readonly allow: readonly LossId[];
};

/** Puts the rules of several places together: the last word on strictness counts, and each may allow losses. */
export function policyOf(places: readonly (LossRules | undefined)[]): LossPolicy {
  const strict = places.findLast((rules) => rules?.strict !== undefined)?.strict ?? false;
  return { strict, allow: new Set(places.flatMap((rules) => rules?.allow ?? [])) };
}

/** The default: `compat`, nothing allowed by name. */
export const COMPAT: LossPolicy = { strict: false, allow: new Set() };

type Verdict = "silent" | "tell" | "refuse";
type Row = Readonly<
  Record<"strict", Verdict> & Record<"compat", Readonly<Record<Loss["level"], Verdict>>>
>;

/** In `compat` only what vanishes refuses the call: what is degraded still reaches the model in another form. */
const VERDICTS = {
  S0: { compat: { D: "silent", X: "silent" }, strict: "tell" },
  S1: { compat: { D: "tell", X: "tell" }, strict: "refuse" },
  S2: { compat: { D: "tell", X: "tell" }, strict: "refuse" },
  S3: { compat: { D: "tell", X: "refuse" }, strict: "refuse" },
} as const satisfies Record<Severity, Row>;

function verdict(loss: Loss, policy: LossPolicy): Verdict {
  const row = VERDICTS[FEATURES[loss.id].severity];
  const plain = policy.strict ? row.strict : row.compat[loss.level];
  return plain === "refuse" && policy.allow.has(loss.id) ? "tell" : plain;
}

/** Most losses that a refusal spells out. */
const MOST_NAMED = 16;

/**
 * Refuses a call before the upstream sees anything, if it would lose what the policy does not put up with; `undefined`: go
 * ahead. The caller is told all such losses at once (translation.md C.2, strict 400).
 */
export function judge(report: Report, policy: LossPolicy): Failure | undefined {
  const losses = report.losses.filter((loss) => verdict(loss, policy) === "refuse");
  const [first] = losses;
  if (first === undefined) return undefined;
  const rest = losses.length - MOST_NAMED;
  const named = losses.slice(0, MOST_NAMED).map(describe).join("; ");
  return {
    class: "untranslatable",
    message: `${rest > 0 ? `${named}; and ${rest} more` : named}. ${wayOut(losses)}`,
    code: "untranslatable_field",
    param: first.path,
    losses,
  };
}

function describe(loss: Loss): string {
  const fate = loss.level === "X" ? "cannot be sent to this upstream" : "would reach it weakened";
  return `${loss.id} (${FEATURES[loss.id].name}) at ${loss.path || "/"} ${fate}`;
}

/** How the caller gets an answer all the same. */
function wayOut(losses: readonly Loss[]): string {
  const ids = [...new Set(losses.map(({ id }) => id))];
  return `To go without, send the header x-recloser-allow-loss: ${ids.join(", ")}`;
}

/** The losses that the caller is told in `x-recloser-loss`; the others are counted only. */
export function toldLosses(report: Report, policy: LossPolicy): readonly Loss[] {
  return report.losses.filter((loss) => verdict(loss, policy) !== "silent");
}
