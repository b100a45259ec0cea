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

/** The first loss for which the call is to be refused before the upstream sees anything; `undefined`: go ahead. */
export function judge(report: Report, policy: LossPolicy): Loss | undefined {
  return report.losses.find((loss) => verdict(loss, policy) === "refuse");
}

/** What the caller is told about a loss for which its call is refused (translation.md C.2, strict 400). */
export function rejection(loss: Loss): Failure {
  const fate = loss.level === "X" ? "has no place in" : "would be weakened in";
  const what = `${loss.id} (${FEATURES[loss.id].name}) at ${loss.path || "/"}`;
  return {
    class: "untranslatable",
    message: `${what} ${fate} the upstream's protocol`,
    code: "untranslatable_field",
    param: loss.path,
  };
}

/** The losses that the caller is told in `x-recloser-loss`; the others are counted only. */
export function toldLosses(report: Report, policy: LossPolicy): readonly Loss[] {
  return report.losses.filter((loss) => verdict(loss, policy) !== "silent");
}
