// Members of a body that both of OpenAI's protocols spell alike, and no other (translation.md A.1, A.2).
import { raw } from "../../lib/json.ts";
import type { LossId } from "../../ir/loss.ts";
import type { Residue } from "../../ir/request.ts";
import type { OpenaiContext } from "./openai-settings-encode.ts";
import type { Draft } from "./residue.ts";

const SHARED: ReadonlySet<string> = new Set([
  "/moderation",
  "/prompt_cache_options",
  "/prompt_cache_retention",
  "/user",
]);

/** Features of which a residue is only another spelling: the neutral request holds them. */
const HELD: ReadonlySet<LossId> = new Set([
  "R43",
  "R47",
  "R48",
  "R57",
  "R58",
  "R59",
  "R63",
  "R63t",
  "R64",
  "R65",
  "R69",
]);

/** Takes over what another dialect left of its body, if it is spelt alike here; the rest is reported as lost. */
export function withForeign(
  body: Draft,
  residue: Residue,
  { isOpenai, verdicts }: OpenaiContext,
): Draft {
  const { id, path, text } = residue;
  if (isOpenai && id !== "R00" && SHARED.has(path)) {
    verdicts.keep(id, path);
    // How long the cache lives is said inside.
    verdicts.keep("R63t", path);
    const key = path.slice(1);
    return body[key] === undefined ? { ...body, [key]: raw(text) } : body;
  }
  if (!HELD.has(id)) verdicts.lose(id, path, "X");
  return body;
}
