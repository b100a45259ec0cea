// Counts verdicts over many documents and says in one table of all pairs how it went.
import type { Verdict } from "./laws.ts";
import { PARTIES } from "./parties.ts";

/** A count for one pair. */
export type Tally = {
  readonly add: (id: string, verdict: Verdict) => void;
  /** The problems of all that failed, the first few of each document. */
  readonly problems: () => readonly string[];
};

/** The counts of one law for all pairs. */
export type Table = {
  readonly tally: (from: string, to: string) => Tally;
  /** Prints the table, unless nothing was tried. */
  readonly print: () => void;
};

const SHOWN = 6;

type Counts = { exact: number; declared: number; failed: number };

/** Starts a table under a title. */
export function table(title: string): Table {
  const cells = new Map<string, Counts>();
  return {
    tally: (from, to) => {
      const counts = { exact: 0, declared: 0, failed: 0 };
      const problems: string[] = [];
      return {
        add: (id, verdict) => {
          cells.set(`${from}>${to}`, counts);
          counts[verdict.kind] += 1;
          const shown = verdict.problems.slice(0, SHOWN).map((problem) => `${id}: ${problem}`);
          if (verdict.kind === "failed") problems.push(...shown);
        },
        problems: () => problems,
      };
    },
    print: () => {
      if (cells.size > 0) console.log(render(title, cells));
    },
  };
}

const WIDTH = 16;

/** One line for each protocol that documents come from, one column for each that they go to. */
function render(title: string, cells: ReadonlyMap<string, Counts>): string {
  const names = PARTIES.map(({ name }) => name);
  const cell = (from: string, to: string): string => {
    const counts = cells.get(`${from}>${to}`);
    if (counts === undefined) return "-";
    const { exact, declared, failed } = counts;
    return `${exact + declared + failed}/${exact}/${declared}/${failed}`;
  };
  const line = (words: readonly string[]): string =>
    words.map((word) => word.padStart(WIDTH)).join("");
  const rows = names.map((from) => line([from, ...names.map((to) => cell(from, to))]));
  return [`${title}: tried/exact/declared loss/failed`, line(["", ...names]), ...rows].join("\n");
}
