// Reasoning on the way out: how much is asked for, and what of earlier turns goes back (translation.md B.6, B.7).
import type { Opaque, ThinkingBlock } from "../../ir/block.ts";
import { mayReplay } from "../../ir/opaque.ts";
import type { Residue, Turn } from "../../ir/request.ts";
import type { Printable } from "../../lib/json.ts";
import { effortWord } from "../kit/openai-effort.ts";
import { spells, type Draft } from "../kit/residue.ts";
import { DIALECT } from "./dialect.ts";
import { encodeDetails } from "./reasoning-encode.ts";
import type { EncodeContext } from "./request-encode-context.ts";

const TURN_PLACE = { dialect: DIALECT, depth: 2 } as const;
const BODY_PLACE = { dialect: DIALECT, depth: 0 } as const;
const CARRIERS = ["reasoning_content", "reasoning", "reasoning_details", "thinking_blocks"];

/** Members with the reasoning of an assistant message; none unless the upstream wants it back. */
export function encodeReasoningHistory(turns: readonly Turn[], context: EncodeContext): Draft {
  const ext = turns.flatMap((turn) => turn.ext ?? []);
  // The client's own carriers go back as residues, exactly as they were.
  if (isSpelt(ext)) return {};
  turns.forEach((turn) => judgeTokens(turn, context));
  const blocks = turns.flatMap((turn) => turn.blocks.filter((block) => block.kind === "thinking"));
  const text = blocks.map((block) => block.text).join("");
  if (context.target.profile.reasoningReplay !== true || blocks.length === 0) return {};
  for (const turn of turns) context.verdicts.keep("R61", turn.path);
  const details = replayable(blocks, context);
  return {
    reasoning_content: text === "" ? undefined : text,
    reasoning_details: details.length === 0 ? undefined : details,
  };
}

/** Whether a message's own residues already spell its reasoning. */
export function isSpelt(ext: readonly Residue[] | undefined): boolean {
  return CARRIERS.some((key) => spells(ext, TURN_PLACE, key));
}

function replayable(
  blocks: readonly ThinkingBlock[],
  context: EncodeContext,
): readonly Printable[] {
  const { target } = context;
  const may = (token: Opaque): boolean => mayReplay(token, target);
  const kept = blocks.map((block) => ({ ...block, opaque: (block.opaque ?? []).filter(may) }));
  if (kept.every((block) => block.opaque.length === 0)) return [];
  return kept.flatMap((block, index) => encodeDetails(block, index, (token) => token.data));
}

/** The signature of a call where Google's compatible endpoint has it; nothing unless the upstream made it. */
export function encodeSignature(
  tokens: readonly Opaque[] | undefined,
  context: EncodeContext,
): Printable {
  const token = tokens?.find(
    (candidate) => candidate.kind === "thoughtSignature" && mayReplay(candidate, context.target),
  );
  return token === undefined ? undefined : { google: { thought_signature: token.data } };
}

/** A token of another vendor could never be sent; that is a smaller loss than one that this protocol cannot carry. */
function judgeTokens(turn: Turn, context: EncodeContext): void {
  const tokens = turn.blocks.flatMap((block) => block.opaque ?? []);
  if (tokens.length === 0) return;
  const { verdicts, target } = context;
  const foreign = tokens.every((token) => !mayReplay(token, target));
  if (!foreign && target.profile.reasoningReplay !== true) return;
  verdicts.keep("R62", turn.path);
  if (foreign) verdicts.lose("B08", turn.path, "X");
}

/** `reasoning_effort`, if the request asks for something that the model can do. */
export function encodeEffort(context: EncodeContext): Printable {
  const { ext } = context.request;
  const spelt = ["reasoning_effort", "reasoning", "thinking"].some((key) =>
    spells(ext, BODY_PLACE, key),
  );
  return spelt ? undefined : effortWord(context);
}
