// The report of an encoder, addressed by place instead of by single use: an encoder knows the turn or tool at hand, the
// uses carry the exact pointers below it.
import type { Loss, LossId, Places, Report } from "../../ir/loss.ts";
import { reporter } from "../../ir/report.ts";
import type { Req } from "../../ir/request.ts";
import { isWithin } from "./pointer.ts";

/** Features that several dialects have, each in a form that means nothing to the others. */
export const OWN_FORMS: readonly LossId[] = ["R33", "R34"];

/** Collects what becomes of the features of one request. Each takes a place: the uses at it and below it are meant. */
export type Verdicts = {
  /** Kept after all. Says nothing about a feature that the request was not said to use there. */
  readonly keep: (id: LossId, path: string) => void;
  /** Weakened or dropped. A feature that nobody noted there is noted now. */
  readonly lose: (id: LossId, path: string, level: Loss["level"]) => void;
  /** The same, but only for uses that were noted there. */
  readonly loseNoted: (id: LossId, path: string, level: Loss["level"]) => void;
  /** Imitated. A feature that nobody noted there is noted now. */
  readonly emulate: (id: LossId, path: string) => void;
  readonly report: () => Report;
};

/** Starts from the target's column of the loss table. */
export function verdicts(
  request: Pick<Req, "uses"> & Partial<Pick<Req, "turns">>,
  places: Places,
): Verdicts {
  const base = reporter(request.uses, places);
  // Calls of a vendor's tool that the client runs go out as calls of the function that stands for it, wherever they go.
  for (const { path, blocks } of request.turns ?? []) {
    if (blocks.some((block) => "native" in block && block.native !== undefined))
      base.emulate({ id: "R29", path });
  }
  const usesAt = (id: LossId, path: string) =>
    request.uses.filter((use) => use.id === id && isWithin(use.path, path));
  const usesOr = (id: LossId, path: string) => {
    const noted = usesAt(id, path);
    return noted.length === 0 ? [{ id, path }] : noted;
  };
  return {
    keep: (id, path) => usesAt(id, path).forEach(base.keep),
    lose: (id, path, level) => usesOr(id, path).forEach((use) => base.lose(use, level)),
    loseNoted: (id, path, level) => usesAt(id, path).forEach((use) => base.lose(use, level)),
    emulate: (id, path) => usesOr(id, path).forEach(base.emulate),
    report: base.report,
  };
}
