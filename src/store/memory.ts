// Kept conversations in the memory of the process; they are gone when it ends.
import { bounded, type Bounds } from "../cache/bounded.ts";
import type { StateStore } from "../gateway/state-store.ts";

/** Starts empty. `now` is a clock in milliseconds. */
export function createMemoryStore(bounds: Bounds, now: () => number): Omit<StateStore, "settings"> {
  const records = bounded<string>(bounds, now);
  return {
    view: (tenant) => {
      const keyOf = (kind: string, id: string): string => `${tenant}\n${kind}\n${id}`;
      return {
        get: (kind, id) => records.get(keyOf(kind, id)),
        put: (added) => {
          for (const { kind, id, text } of added) {
            records.put(keyOf(kind, id), text, Buffer.byteLength(text));
          }
        },
        remove: (kind, id) => records.remove(keyOf(kind, id)),
      };
    },
  };
}
