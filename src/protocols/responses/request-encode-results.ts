// Results of calls: text where text is all there is, else parts, which may be images and files here (R37, R38).
import { raw, type Printable } from "../../lib/json.ts";
import type { ToolResultBlock } from "../../ir/block.ts";
import type { Turn } from "../../ir/request.ts";
import { graft, type Draft } from "../kit/residue.ts";
import { DIALECT } from "./dialect.ts";
import type { EncodeContext } from "./request-encode-context.ts";
import {
  isDraft,
  ITEM_GRAFT,
  messageContent,
  resultPart,
  textPart,
} from "./request-encode-parts.ts";

const ERROR_PREFIX = "Error: ";

/** The item for a result; `id`: of the call on the wire. */
export function encodeResult(
  block: ToolResultBlock,
  id: string,
  turn: Turn,
  context: EncodeContext,
): Printable {
  if (context.isOwn && block.native?.dialect === DIALECT) return raw(block.native.text);
  const parts = block.parts.flatMap((part) => resultPart(part, turn.path, context) ?? []);
  const draft = {
    type: block.custom === true ? "custom_tool_call_output" : "function_call_output",
    call_id: id,
    output: messageContent(block.isError ? withErrorPrefix(parts) : parts),
  };
  return graft(draft, block.ext, ITEM_GRAFT);
}

/** The protocol has no flag for errors (R39). */
function withErrorPrefix(parts: readonly Printable[]): readonly Printable[] {
  const [first, ...rest] = parts;
  const draft: Draft = isDraft(first) ? first : {};
  const { text } = draft;
  if (typeof text !== "string") return [textPart(ERROR_PREFIX.trimEnd()), ...parts];
  return text.startsWith(ERROR_PREFIX) ? parts : [{ ...draft, text: ERROR_PREFIX + text }, ...rest];
}
