// The word of effort that a model of OpenAI's is asked for (translation.md B.6 R57, R58).
import type { Effort } from "../../ir/request.ts";
import { EFFORTS, fitEffort, wantedEffort } from "./effort.ts";
import type { OpenaiContext } from "./openai-settings-encode.ts";

/** The word, if the request asks for something that the model can do; what it cannot is reported. */
export function effortWord(context: OpenaiContext): Effort | undefined {
  const { reasoning } = context.request;
  if (reasoning === undefined) return undefined;
  const word = wantedEffort(reasoning);
  if (word === undefined) {
    // Reasoning without a word on how much: the model's own default decides.
    context.verdicts.loseNoted("R57", "", "D");
    return undefined;
  }
  return word === "none" ? encodeOff(context) : encodeWord(word, context);
}

function encodeOff(context: OpenaiContext): Effort | undefined {
  const { capabilities } = context.target;
  if (capabilities.reasoning === "none") return undefined;
  if (capabilities.reasoningOff !== "no") return "none";
  context.verdicts.loseNoted("R57", "", "D");
  return fitEffort("minimal", capabilities.efforts ?? EFFORTS);
}

function encodeWord(asked: Effort, context: OpenaiContext): Effort | undefined {
  const { capabilities } = context.target;
  const word =
    capabilities.reasoning === "none"
      ? undefined
      : fitEffort(asked, capabilities.efforts ?? EFFORTS);
  if (word === asked) return word;
  const level = word === undefined ? "X" : "D";
  context.verdicts.loseNoted("R57", "", level);
  context.verdicts.loseNoted("R58", "", level);
  return word;
}
