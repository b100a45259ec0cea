// Errors that say: the opaque reasoning in the history is not accepted here (translation.md E184). All vendors answer 400.
import type { Failure } from "../../ir/failure.ts";

/** OpenAI's code for it. */
const CODES: ReadonlySet<string> = new Set(["invalid_encrypted_content"]);

/** Their words: OpenAI, Anthropic (also by way of Bedrock), Google. */
const WORDS =
  /encrypted content[^.]{0,80}(?:could not be|cannot be|not) (?:verified|decrypted|parsed)|invalid `?signature`? in `?thinking`?|thinking[^.]{0,60}blocks?[^.]{0,60}cannot be modified|thought[_ ]?signature[^.]{0,60}(?:not valid|invalid|corrupted)/i;

/** Whether the upstream would take the request without the reasoning of earlier turns. */
export function refusesProofs(failure: Failure): boolean {
  if (failure.class !== "invalid") return false;
  return (failure.code !== undefined && CODES.has(failure.code)) || WORDS.test(failure.message);
}
