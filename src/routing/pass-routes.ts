// Which provider takes the paths that are none of the gateway's own operations (config: `passthrough_routes`).

/** One path, or all paths that fit a pattern. */
export type PassPattern = {
  /** The only method; absent: every one. */
  readonly method?: string;
  /** Path as clients ask for it, without a protocol's mount; each `*` stands for any text. */
  readonly path: string;
  readonly provider: string;
};

/** What is passed on, and to whom. */
export type PassRoutes = {
  /** Provider for everything else of a protocol, by the protocol's name. */
  readonly protocols: ReadonlyMap<string, string>;
  readonly patterns: readonly PassPattern[];
};

/** Finds the provider's name: a pattern counts before the protocol, and the longest pattern that fits before others. */
export function findPassRoute(
  routes: PassRoutes,
  asked: { readonly method: string; readonly path: string; readonly protocol: string },
): string | undefined {
  const fitting = routes.patterns.filter(
    (pattern) =>
      (pattern.method ?? asked.method) === asked.method && fits(pattern.path, asked.path),
  );
  const [best] = fitting.toSorted((a, b) => precision(b) - precision(a));
  return best?.provider ?? routes.protocols.get(asked.protocol);
}

function fits(pattern: string, path: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return pattern === path;
  if (!path.startsWith(first)) return false;
  let at = first.length;
  const last = rest.pop() ?? "";
  for (const piece of rest) {
    const found = path.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return path.length - last.length >= at && path.endsWith(last);
}

/** Letters that must be there, and half a one for a method. */
function precision({ path, method }: PassPattern): number {
  return path.replaceAll("*", "").length + (path.includes("*") ? 0 : 1) + (method ? 0.5 : 0);
}
