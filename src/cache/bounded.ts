// Values by key, bounded in number, size and age: whatever was not used for longest goes first.

/** The bounds. */
export type Bounds = {
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** How long a value lives after it was written, in milliseconds. */
  readonly ttl: number;
};

/** The values. */
export type Bounded<T> = {
  /** The value; `undefined`: never there, expired, or put out for want of room. It counts as used. */
  readonly get: (key: string) => T | undefined;
  /** Writes a value of a size in bytes; its time to live begins anew. */
  readonly put: (key: string, value: T, bytes: number) => void;
  /** Removes a value; says whether it was there. */
  readonly remove: (key: string) => boolean;
};

type Entry<T> = { readonly value: T; readonly bytes: number; readonly expires: number };

/** Starts empty. `now` is a clock in milliseconds. */
export function bounded<T>(bounds: Bounds, now: () => number): Bounded<T> {
  // In the order of use, the least recent first.
  const entries = new Map<string, Entry<T>>();
  let total = 0;

  const drop = (key: string): Entry<T> | undefined => {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    entries.delete(key);
    total -= entry.bytes;
    return entry;
  };
  const makeRoom = (): void => {
    for (const key of entries.keys()) {
      if (entries.size <= bounds.maxEntries && total <= bounds.maxBytes) return;
      drop(key);
    }
  };
  const take = (key: string): Entry<T> | undefined => {
    const entry = drop(key);
    return entry === undefined || entry.expires <= now() ? undefined : entry;
  };
  const keep = (key: string, entry: Entry<T>): void => {
    entries.set(key, entry);
    total += entry.bytes;
  };
  return {
    get: (key) => {
      const entry = take(key);
      if (entry !== undefined) keep(key, entry);
      return entry?.value;
    },
    put: (key, value, bytes) => {
      drop(key);
      keep(key, { value, bytes, expires: now() + bounds.ttl });
      makeRoom();
    },
    remove: (key) => take(key) !== undefined,
  };
}
