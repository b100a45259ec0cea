// Records without holes: optional members are either there or absent, never `undefined`.

/** A record whose members that may be `undefined` are optional instead. */
export type Compact<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };

/** The record without the members whose value is `undefined`, in the same order. */
export function compact<const T extends object>(record: T): Compact<T> {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(record)) if (value !== undefined) kept[key] = value;
  // Building the record anew forgets its type; leaving out what is undefined is what `Compact` says.
  return kept as Compact<T>;
}

/** The list, or `undefined` if it is empty: for members that are left out then. */
export function filled<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}
