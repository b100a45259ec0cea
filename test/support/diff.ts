// What differs between two JSON documents, told as places in the first: arrays are aligned, so that an element which is
// missing is one difference and not a shift of all that follow.
import type { Json } from "../../src/lib/json.ts";

/** One difference. */
export type Difference = {
  /** JSON pointer in the first document; for `added`, of the place where the addition stands. */
  readonly path: string;
  readonly kind: "removed" | "added" | "changed";
  readonly before?: Json;
  readonly after?: Json;
};

/** All differences; none: the documents are equal but for the order of members. */
export function diff(before: Json, after: Json, path = ""): readonly Difference[] {
  if (isList(before) && isList(after)) return diffLists(before, after, path);
  if (isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) =>
      diffMember(before[key], after[key], `${path}/${escape(key)}`),
    );
  }
  return Object.is(before, after) ? [] : [{ path, kind: "changed", before, after }];
}

function diffMember(
  before: Json | undefined,
  after: Json | undefined,
  path: string,
): readonly Difference[] {
  if (before === undefined && after === undefined) return [];
  if (before === undefined)
    return [{ path, kind: "added", ...(after === undefined ? {} : { after }) }];
  return after === undefined ? [{ path, kind: "removed", before }] : diff(before, after, path);
}

function diffLists(
  before: readonly Json[],
  after: readonly Json[],
  path: string,
): readonly Difference[] {
  const found: Difference[] = [];
  let i = 0;
  let j = 0;
  const step = alignment(before, after);
  for (const move of step) {
    if (move === "both") {
      found.push(...diff(before[i] ?? null, after[j] ?? null, `${path}/${i}`));
      i += 1;
      j += 1;
    } else if (move === "before") {
      found.push({ path: `${path}/${i}`, kind: "removed", before: before[i] ?? null });
      i += 1;
    } else {
      found.push({ path: `${path}/${i}`, kind: "added", after: after[j] ?? null });
      j += 1;
    }
  }
  return found;
}

type Move = "both" | "before" | "after";

/** The cheapest way to walk both lists: pairs cost what differs in them, single elements cost their size. */
function alignment(before: readonly Json[], after: readonly Json[]): readonly Move[] {
  const start = commonStart(before, after);
  const a = before.slice(start);
  const b = after.slice(start);
  const cost: number[][] = Array.from({ length: a.length + 1 }, () => []);
  const best: Move[][] = Array.from({ length: a.length + 1 }, () => []);
  for (let i = a.length; i >= 0; i -= 1) {
    for (let j = b.length; j >= 0; j -= 1) {
      const options: (readonly [number, Move])[] = [];
      const at = (x: number, y: number): number => cost[x]?.[y] ?? 0;
      if (i < a.length && j < b.length) {
        options.push([distance(a[i] ?? null, b[j] ?? null) + at(i + 1, j + 1), "both"]);
      }
      if (i < a.length) options.push([size(a[i] ?? null) + at(i + 1, j), "before"]);
      if (j < b.length) options.push([size(b[j] ?? null) + at(i, j + 1), "after"]);
      const cheapest = options.sort((x, y) => x[0] - y[0])[0] ?? [0, "both"];
      (cost[i] ?? [])[j] = cheapest[0];
      (best[i] ?? [])[j] = cheapest[1];
    }
  }
  const moves: Move[] = Array.from({ length: start }, () => "both");
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const move = best[i]?.[j] ?? "both";
    moves.push(move);
    if (move !== "after") i += 1;
    if (move !== "before") j += 1;
  }
  return moves;
}

function commonStart(before: readonly Json[], after: readonly Json[]): number {
  let at = 0;
  while (
    at < before.length &&
    at < after.length &&
    distance(before[at] ?? null, after[at] ?? null) === 0
  ) {
    at += 1;
  }
  return at;
}

/** How much of two values differs; never more than leaving out one and adding the other. */
function distance(before: Json, after: Json): number {
  if (isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    let total = before["role"] === after["role"] && before["type"] === after["type"] ? 0 : 4;
    for (const key of keys) {
      const left = before[key];
      const right = after[key];
      if (left === undefined) total += right === undefined ? 0 : size(right);
      else total += right === undefined ? size(left) : distance(left, right);
    }
    return total;
  }
  if (isList(before) && isList(after)) {
    if (before.length !== after.length) return size(before) + size(after);
    return before.reduce<number>(
      (sum, element, at) => sum + distance(element, after[at] ?? null),
      0,
    );
  }
  return Object.is(before, after) ? 0 : 1.5;
}

/** Number of leaves, at least one. */
function size(value: Json): number {
  const parts = isList(value) ? value : isObject(value) ? Object.values(value) : [];
  return 1 + parts.reduce<number>((sum, part) => sum + size(part), 0);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !isList(value);
}

function escape(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
