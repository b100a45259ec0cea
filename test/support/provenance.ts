// Where the parts of a canonical document come from, so that a difference can be told by its place in the source.
import type { Json } from "../../src/lib/json.ts";

/** A canonical element of a list, with pointers below it and those into the source that they stand for. */
export type Placed = {
  readonly value: Json;
  readonly origins: readonly (readonly [below: string, origin: string])[];
};

/** An element that is as a whole what the source has at a place. */
export function placed(value: Json, path: string): Placed {
  return { value, origins: [["", path]] };
}

/** Moves the pointers of elements that become members of a list, from a number on. */
export function within(list: readonly Placed[], key: string, from = 0): Placed["origins"] {
  return list.flatMap(({ origins }, at) =>
    origins.map(([below, origin]): [string, string] => [`/${key}/${from + at}${below}`, origin]),
  );
}

/** Turns pointers into the canonical document, which has the list at `root`, back into those into the source. */
export function sourceOf(list: readonly Placed[], root: string): (path: string) => string {
  const origins = new Map(within(list, root));
  return (path) => {
    for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
      const origin = origins.get(path.slice(0, end));
      if (origin !== undefined) return origin + path.slice(end);
    }
    return path;
  };
}
