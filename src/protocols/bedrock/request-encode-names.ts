// Names of documents, which the service demands, which must differ, and of which it takes few characters (translation.md B.2
// R10, E056, E057).

/** Gives names to the documents of one request. */
export type DocumentNames = {
  /** The name for a file name or title; the second of a kind becomes another one. */
  readonly next: (wanted: string | undefined) => string;
};

/** Longest name that the service takes. */
const MAX_NAME = 200;

/** Starts without any name given. */
export function documentNames(): DocumentNames {
  const used = new Set<string>();
  return {
    next: (wanted) => {
      const name = legalName(wanted ?? "document");
      for (let round = 1; ; round += 1) {
        const suffix = round === 1 ? "" : `-${round}`;
        const candidate = `${name.slice(0, MAX_NAME - suffix.length)}${suffix}`;
        if (used.has(candidate)) continue;
        used.add(candidate);
        return candidate;
      }
    },
  };
}

/** Letters, digits, single spaces, hyphens, parentheses and brackets; the format says what the ending said. */
function legalName(text: string): string {
  const bare = text.replace(/\.[A-Za-z0-9]{1,5}$/, "");
  const legal = bare
    .replace(/[^A-Za-z0-9\s\-()[\]]/g, "-")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, MAX_NAME);
  return legal === "" ? "document" : legal;
}
