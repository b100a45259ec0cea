// Content of messages that is a string or a list of parts, of which most are `{type:"text",text}`.
import { isRaw, type Printable } from "../../lib/json.ts";
import type { Block } from "../../ir/block.ts";
import type { Draft } from "./residue.ts";

/** A text part. */
export function textPart(text: string): Draft {
  return { type: "text", text };
}

/** Whether a part is a record that can still be changed. */
export function isDraft(part: Printable): part is Draft {
  return typeof part === "object" && part !== null && !Array.isArray(part) && !isRaw(part);
}

/** The shortest form of content: one plain text is a string, several parts are a list. */
export function contentOf(parts: readonly Printable[]): Printable {
  const [only] = parts;
  if (only === undefined) return "";
  const isPlain = parts.length === 1 && isDraft(only) && Object.keys(only).length === 2;
  const text = isPlain ? Object.entries(only).find(([key]) => key === "text")?.[1] : undefined;
  return typeof text === "string" ? text : [...parts];
}

const ERROR_PREFIX = "Error: ";

/** Says in words that a call failed, for dialects without a flag for it (translation.md B.4 R39). */
export function withErrorPrefix(parts: readonly Printable[]): readonly Printable[] {
  const [first, ...rest] = parts;
  const draft: Draft = isDraft(first) ? first : {};
  const text = draft["text"];
  if (typeof text !== "string") return [textPart(ERROR_PREFIX.trimEnd()), ...parts];
  if (text.startsWith(ERROR_PREFIX)) return parts;
  return [{ ...draft, text: ERROR_PREFIX + text }, ...rest];
}

const ATTACHED = { image: "image", audio: "audio", video: "video", document: "file" } as const;

/** A block that a result of text only cannot hold. */
export type Attachment = Extract<Block, { kind: keyof typeof ATTACHED }>;

/** Whether a block of a result has to follow the whole group of results (B.4 R37, R38). */
export function isAttachment(block: Block): block is Attachment {
  if (block.kind === "document") return block.content.kind === "media";
  return block.kind === "image" || block.kind === "audio" || block.kind === "video";
}

/** What stands in the result for a block that follows the group. */
export function attachmentNote(block: Attachment): Draft {
  return textPart(`[${ATTACHED[block.kind]} attached below]`);
}
