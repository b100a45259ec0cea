// Fits what was read to the shape. Where it does not fit, what is wrong is cut out and the rest tried again, so that names
// that lead nowhere are reported in the same run as a misspelt key.
import { findingsOf, valueAt, type Issue } from "./findings.ts";
import type { Finding, Path } from "./problem.ts";
import { shape, type Shape } from "./shape.ts";
import type { Show } from "./show.ts";

/** What came of it. */
export type Fitted = {
  /** What fits; absent if nothing of the file does. */
  readonly value?: Shape;
  readonly findings: readonly Finding[];
  /** Places that were cut out: what is missing there or below was not forgotten. */
  readonly cut: readonly Path[];
  /** The path in the file of a path in `value`: entries of lists may have moved up. */
  readonly original: (path: Path) => Path;
};

/** How a scalar came about. */
export type Origin = {
  /** Whether the environment filled it in, so that a number or a switch may be spelt as text. */
  readonly isFilled: (path: Path) => boolean;
  readonly show: Show;
};

/** Fits a value; the value itself is not changed. */
export function fit(given: unknown, origin: Origin): Fitted {
  const rest = structuredClone(given);
  const moved: Moved = new WeakMap();
  const original = (path: Path): Path => originalPath(rest, path, moved);
  const cut: Path[] = [];
  let findings: readonly Finding[] | undefined;
  for (;;) {
    const parsed = shape.safeParse(rest);
    if (parsed.success) return { value: parsed.data, findings: findings ?? [], cut, original };
    const { issues } = parsed.error;
    if (convertFilled(rest, issues, origin, original)) continue;
    // Issues of later rounds only follow from the cuts.
    findings ??= findingsOf(issues, { root: rest, show: origin.show });
    const places = issues.flatMap(placesOf);
    cut.push(...places.map(original));
    if (!cutAll(rest, places, moved)) return { findings, cut, original };
  }
}

function placesOf(issue: Issue): readonly Path[] {
  if (issue.code !== "unrecognized_keys") return [issue.path];
  return issue.keys.map((key) => [...issue.path, key]);
}

/** For lists that lost entries: the index in the file of each entry that is left. */
type Moved = WeakMap<object, readonly number[]>;

function originalPath(root: unknown, path: Path, moved: Moved): Path {
  let node = root;
  return path.map((segment) => {
    const indexes = typeof node === "object" && node !== null ? moved.get(node) : undefined;
    node = valueAt(node, [segment]);
    return indexes?.[Number(segment)] ?? segment;
  });
}

/** Texts out of the environment become numbers and switches where those belong. Tells whether there were any. */
function convertFilled(
  root: unknown,
  issues: readonly Issue[],
  origin: Origin,
  original: Fitted["original"],
): boolean {
  let converted = false;
  for (const issue of issues) {
    const text = valueAt(root, issue.path);
    if (issue.code !== "invalid_type" || typeof text !== "string") continue;
    if (!origin.isFilled(original(issue.path))) continue;
    const value = convert(issue.expected, text);
    if (value === undefined) continue;
    replace(root, issue.path, value);
    converted = true;
  }
  return converted;
}

function convert(expected: string, text: string): number | boolean | undefined {
  const isNumber = expected === "number" || expected === "int";
  if (isNumber && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (expected !== "boolean") return undefined;
  return text === "true" ? true : text === "false" ? false : undefined;
}

function replace(root: unknown, path: Path, value: unknown): void {
  const parent = valueAt(root, path.slice(0, -1));
  const last = path.at(-1);
  if (typeof parent === "object" && parent !== null && last !== undefined) {
    Reflect.set(parent, last, value);
  }
}

/**
 * Cuts out every place, or what is around it if there is nothing there. Tells whether the root is still of use: each
 * round makes the value smaller, so the rounds come to an end.
 */
function cutAll(root: unknown, places: readonly Path[], moved: Moved): boolean {
  const done: Path[] = [];
  const lists = new Map<unknown[], Set<number>>();
  for (const place of places) {
    if (done.some((other) => isWithin(place, other))) continue;
    let path = place;
    while (path.length > 0 && !isThere(root, path)) path = path.slice(0, -1);
    const last = path.at(-1);
    if (last === undefined) return false;
    const parent = valueAt(root, path.slice(0, -1));
    if (Array.isArray(parent)) {
      lists.set(parent, (lists.get(parent) ?? new Set()).add(Number(last)));
    } else if (typeof parent === "object" && parent !== null) {
      Reflect.deleteProperty(parent, last);
    }
    done.push(path);
  }
  // Only now, so that the indexes of this round stay true to its end.
  for (const [list, indexes] of lists) removeFrom(list, indexes, moved);
  return true;
}

function removeFrom(list: unknown[], removed: ReadonlySet<number>, moved: Moved): void {
  const before = moved.get(list) ?? list.keys().toArray();
  moved.set(
    list,
    before.filter((_, index) => !removed.has(index)),
  );
  list.splice(0, list.length, ...list.filter((_, index) => !removed.has(index)));
}

/** Whether a path is another one or below it. */
export function isWithin(path: Path, other: Path): boolean {
  return path.length >= other.length && other.every((key, index) => key === path[index]);
}

function isThere(root: unknown, path: Path): boolean {
  const parent = valueAt(root, path.slice(0, -1));
  const last = path.at(-1);
  return (
    typeof parent === "object" &&
    parent !== null &&
    last !== undefined &&
    Object.hasOwn(parent, last)
  );
}
