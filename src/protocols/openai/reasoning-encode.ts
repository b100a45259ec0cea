// Reasoning in the members that OpenRouter's clients know: `reasoning_details[]` with text and tokens (translation.md B.7).
import type { Printable } from "../../lib/json.ts";
import type { Opaque, ThinkingBlock } from "../../ir/block.ts";

/** The entries of one block; `index` keeps the entries of a block together and the blocks apart. */
export function encodeDetails(
  block: ThinkingBlock,
  index: number,
  write: (token: Opaque) => string,
): readonly Printable[] {
  const tokens = block.opaque ?? [];
  const signature = block.redacted ? undefined : tokens.find(isSignature);
  const others = tokens.filter((token) => token !== signature);
  const text =
    block.form === "summary"
      ? { type: "reasoning.summary", summary: block.text }
      : { type: "reasoning.text", text: block.text };
  const head = {
    ...text,
    signature: signature === undefined ? undefined : write(signature),
    index,
  };
  return [
    ...(block.redacted ? [] : [head]),
    ...others.map((token) => ({ type: "reasoning.encrypted", data: write(token), index })),
  ];
}

function isSignature(token: Opaque): boolean {
  return token.kind === "signature" || token.kind === "thoughtSignature";
}
