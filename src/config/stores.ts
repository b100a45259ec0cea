// The stores of the config with their bounds.
import type { Config, StoreBounds } from "./config.ts";
import { duration } from "./resolving.ts";
import type { Shape } from "./shape.ts";

/** As long as the vendor keeps them itself. */
const RESPONSES_TTL_MS = 30 * 24 * 3_600_000;
const RESPONSES_ENTRIES = 100_000;
const RESPONSES_BYTES = 256 * 1024 * 1024;
/** Longer than an agent pauses, and room for some thousands of turns. */
const OPAQUE_TTL_MS = 6 * 3_600_000;
const OPAQUE_BYTES = 32 * 1024 * 1024;

/** Resolves `responses_store`, which is off unless it is there. */
export function resolveResponsesStore(
  given: Shape["responses_store"],
): Pick<Config, "responsesStore"> {
  if (given === undefined) return {};
  const { sqlite, ttl, max_entries, max_bytes }: Exclude<typeof given, "memory"> =
    given === "memory" ? {} : given;
  return {
    responsesStore: {
      ...(sqlite === undefined ? {} : { sqlite }),
      ttl: duration(ttl, RESPONSES_TTL_MS),
      maxEntries: max_entries ?? RESPONSES_ENTRIES,
      maxBytes: max_bytes ?? RESPONSES_BYTES,
    },
  };
}

/** Resolves `opaque_store`, which is always on. */
export function resolveOpaqueStore(given: Shape["opaque_store"]): StoreBounds {
  return {
    ttl: duration(given?.ttl, OPAQUE_TTL_MS),
    maxEntries: Infinity,
    maxBytes: given?.max_bytes ?? OPAQUE_BYTES,
  };
}
