// Opaque tokens of a turn that were made by another vendor than the one who gets the turn (translation.md 0.4).
import { mayReplay } from "../../ir/opaque.ts";
import type { Turn } from "../../ir/request.ts";
import type { Target } from "../protocol.ts";
import type { Verdicts } from "./verdicts.ts";

/** A token of another vendor could never be sent; that is a smaller loss than one that a protocol cannot carry. */
export function judgeForeignProofs(
  turn: Turn,
  { target, verdicts }: { readonly target: Target; readonly verdicts: Verdicts },
): void {
  const tokens = turn.blocks.flatMap((block) => block.opaque ?? []);
  if (tokens.length === 0 || tokens.some((token) => mayReplay(token, target))) return;
  verdicts.keep("R62", turn.path);
  verdicts.lose("B08", turn.path, "X");
}
