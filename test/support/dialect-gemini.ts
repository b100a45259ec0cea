// Filled when the protocol can be translated.
import type { Dialect } from "./dialect.ts";

/** What the tests know about the dialect. */
export const dialectGemini: Dialect | undefined = undefined;
