// What stands for the signature of a call that another model made (Google's guide to thought signatures; translation.md 0.4).

/** The word that we send. */
export const SENTINEL = "skip_thought_signature_validator";

/** Every word that the server takes for none. */
const WORDS: ReadonlySet<string> = new Set([SENTINEL, "context_engineering_is_the_way_to_go"]);

/** Whether a signature only says that there is none: it is no proof, and nothing is lost with it (E181). */
export function isSentinel(signature: string): boolean {
  return WORDS.has(signature);
}
