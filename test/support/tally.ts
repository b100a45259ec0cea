// Counts verdicts over many documents and says in one line how it went.
import type { Verdict } from "./laws.ts";

/** A count. */
export type Tally = {
  readonly add: (id: string, verdict: Verdict) => void;
  /** Prints the line and returns the problems of all that failed, the first few of each document. */
  readonly close: () => readonly string[];
};

const SHOWN = 6;

/** Starts a count under a title. */
export function tally(title: string): Tally {
  const counts = { exact: 0, declared: 0, failed: 0 };
  const problems: string[] = [];
  return {
    add: (id, verdict) => {
      counts[verdict.kind] += 1;
      const shown = verdict.problems.slice(0, SHOWN).map((problem) => `${id}: ${problem}`);
      if (verdict.kind === "failed") problems.push(...shown);
    },
    close: () => {
      const { exact, declared, failed } = counts;
      const tried = exact + declared + failed;
      if (tried === 0) return problems;
      console.log(
        `${title}: ${tried} tried, ${exact} exact, ${declared} with declared loss, ${failed} failed`,
      );
      return problems;
    },
  };
}
