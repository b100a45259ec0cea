// Turns the features that a document uses and a target's column of the loss table into the report of what was lost.
// The one place where losses are decided, so that header, metrics, tests and encoders cannot disagree.
import type { Loss, Places, Report, Use } from "./loss.ts";

/** Collects losses while an encoder runs. */
export type Reporter = {
  /** The target keeps this use after all, although its column says otherwise. */
  readonly keep: (use: Use) => void;
  /** The value at hand cannot be kept, although the column says that some or all can. */
  readonly lose: (use: Use, level: Loss["level"]) => void;
  /** The gateway imitates the feature for this use. */
  readonly emulate: (use: Use) => void;
  /** What is lost and imitated in the end; uses appear in the order in which the document has them. */
  readonly report: () => Report;
};

type Verdict = { readonly use: Use; readonly fate: "native" | "emulated" | Loss["level"] };

/** Starts from the target's column: `X` and `D` are losses, `E` is emulated, `N` and `P` are kept until `lose` says otherwise. */
export function reporter(uses: readonly Use[], places: Places): Reporter {
  const verdicts = new Map<string, Verdict>();
  const set = (use: Use, fate: Verdict["fate"]): void => {
    verdicts.set(`${use.id} ${use.path}`, { use, fate });
  };
  for (const use of uses) set(use, defaultFate(places, use));
  return {
    keep: (use) => set(use, "native"),
    lose: (use, level) => set(use, level),
    emulate: (use) => set(use, "emulated"),
    report: () => summarise(verdicts.values()),
  };
}

function defaultFate(places: Places, use: Use): Verdict["fate"] {
  const place = places[use.id];
  switch (place) {
    case "N":
    case "P":
      return "native";
    case "E":
      return "emulated";
    case "D":
    case "X":
      return place;
  }
}

function summarise(verdicts: Iterable<Verdict>): Report {
  const losses: Loss[] = [];
  const emulated: Use[] = [];
  for (const { use, fate } of verdicts) {
    if (fate === "emulated") emulated.push(use);
    else if (fate !== "native") losses.push({ id: use.id, path: use.path, level: fate });
  }
  return { losses, emulated };
}
