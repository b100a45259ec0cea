// Arranged turns to messages.
import { raw, type Printable } from "../../lib/json.ts";
import { unreachable } from "../../lib/result.ts";
import type { AudioBlock, Block, ThinkingBlock, ToolCallBlock } from "../../ir/block.ts";
import type { Turn } from "../../ir/request.ts";
import { plainText } from "../kit/readable.ts";
import { graft, type Draft } from "../kit/residue.ts";
import {
  attachmentNote,
  contentOf,
  isAttachment,
  textPart,
  withErrorPrefix,
} from "../kit/text-parts.ts";
import { DIALECT } from "./dialect.ts";
import { arrange, writeItem, type Item, type ItemWriter } from "../kit/message-order.ts";
import type { EncodeContext } from "./request-encode-context.ts";
import { encodePart, encodeParts, PART_GRAFT, type Part } from "./request-encode-parts.ts";
import { encodeReasoningHistory, encodeSignature, isSpelt } from "./request-encode-reasoning.ts";

const TURN_GRAFT = { dialect: DIALECT, depth: 2 } as const;

/** All messages, in the order that the protocol demands. */
export function encodeMessages(context: EncodeContext): readonly Draft[] {
  const write = writer(context);
  return arrange(context.request.turns, context.ids).flatMap((item) =>
    writeItem(item, write, context.verdicts),
  );
}

function writer(context: EncodeContext): ItemWriter {
  return {
    instruction: (turn) => encodeInstruction(turn, context),
    user: (item) => encodeUser(item, context),
    assistant: (turns) => encodeAssistant(turns, context),
    result: (item) => encodeResult(item, context),
    attachments: (item) => encodeAttachments(item, context),
  };
}

function encodeInstruction(turn: Turn, context: EncodeContext): readonly Draft[] {
  const { path, name } = turn;
  const plain = context.target.profile.developerRole === false;
  if (turn.role === "developer" && plain) context.verdicts.lose("R02", path, "D");
  const role = turn.role === "developer" && !plain ? "developer" : "system";
  const parts = turn.blocks.flatMap((block) => instructionPart(block, path, context) ?? []);
  if (parts.length === 0 && turn.blocks.length > 0) return [];
  return [graft({ role, content: contentOf(parts), name }, turn.ext, TURN_GRAFT)];
}

/** Instructions are text only. */
function instructionPart(block: Block, path: string, context: EncodeContext): Part | undefined {
  const place = { path, context };
  if (block.kind === "text" || block.kind === "vendor") return encodePart(block, place);
  const text = plainText([block]);
  if (text !== "") return textPart(text);
  context.verdicts.lose("R01", path, "X");
  return undefined;
}

function encodeUser(
  item: Extract<Item, { kind: "user" }>,
  context: EncodeContext,
): readonly Draft[] {
  const { turn, blocks } = item;
  const { path, name } = turn;
  if (blocks.some((block) => block.kind === "toolResult")) context.verdicts.lose("R40", path, "D");
  const parts = encodeParts(blocks, { path, context });
  if (parts.length === 0 && blocks.length > 0) return [];
  return [graft({ role: "user", content: contentOf(parts), name }, turn.ext, TURN_GRAFT)];
}

function encodeAssistant(
  turns: readonly [Turn, ...Turn[]],
  context: EncodeContext,
): readonly Draft[] {
  const [first] = turns;
  const blocks = turns.flatMap((turn) => turn.blocks);
  const ext = turns.flatMap((turn) => turn.ext ?? []);
  const calls = blocks.filter((block) => block.kind === "toolCall");
  const refusal = blocks.findLast((block) => block.kind === "refusal");
  const parts = turns.flatMap(({ path, blocks: own }) =>
    own.flatMap((block) => (block === refusal ? [] : (assistantPart(block, path, context) ?? []))),
  );
  const isSilent = parts.length === 0 && (calls.length > 0 || refusal !== undefined);
  const draft = {
    role: "assistant",
    content: isSilent ? null : contentOf(parts),
    refusal: refusal?.kind === "refusal" ? refusal.text : undefined,
    name: first.name,
    ...encodeReasoningHistory(turns, context),
    annotations: encodeAnnotationsOf(blocks),
    audio: audioOf(blocks, first.path, context),
    tool_calls:
      calls.length === 0 ? undefined : calls.map((call) => encodeCall(call, first.path, context)),
  };
  // A turn of nothing but what only its own vendor understands.
  const isVoid = blocks.length > 0 && parts.length === 0 && !isSilent;
  if (isVoid && !context.isOwn && !("reasoning_content" in draft)) return [];
  return [graft(draft, ext, TURN_GRAFT)];
}

/** What an assistant message may hold as content: text, refusals, and verbatim parts of this dialect. */
function assistantPart(block: Block, path: string, context: EncodeContext): Part | undefined {
  switch (block.kind) {
    case "text":
    case "refusal":
    case "vendor":
      return encodeAssistantText(block, path, context);
    case "image":
      if (context.isOwn) return encodePart(block, { path, context });
      context.verdicts.lose("R19", path, "X");
      return undefined;
    case "thinking":
      return context.isOwn ? thinkingPart(block, path, context) : undefined;
    case "document":
    case "searchResult":
    case "json": {
      const text = plainText([block]);
      return text === "" ? undefined : textPart(text);
    }
    case "toolCall":
    case "toolResult":
    case "audio":
    case "video":
      return undefined;
  }
  return unreachable(block);
}

/** Mistral's reasoning part. Reasoning with a token, or from a member of its own, does not stand in the content. */
function thinkingPart(
  block: ThinkingBlock,
  path: string,
  context: EncodeContext,
): Part | undefined {
  const turn = context.request.turns.find((candidate) => candidate.path === path);
  if (block.opaque !== undefined || isSpelt(turn?.ext)) return undefined;
  return { type: "thinking", thinking: [{ type: "text", text: block.text }] };
}

function encodeAssistantText(block: Block, path: string, context: EncodeContext): Part | undefined {
  const part = encodePart(block, { path, context });
  return block.kind === "refusal" ? { type: "refusal", refusal: block.text } : part;
}

/** Only citations that were written in this dialect go back: others name sources that the upstream has never seen. */
function encodeAnnotationsOf(blocks: readonly Block[]): Printable {
  const own = blocks.flatMap((block) =>
    block.kind === "text"
      ? (block.citations ?? []).filter(({ native }) => native.dialect === DIALECT)
      : [],
  );
  return own.length === 0 ? undefined : own.map(({ native }) => raw(native.text));
}

/** Earlier speech goes back by its id, or as its transcript in the text. */
function audioOf(blocks: readonly Block[], path: string, context: EncodeContext): Printable {
  const audio = blocks.find((block): block is AudioBlock => block.kind === "audio");
  if (audio === undefined) return undefined;
  const { media } = audio;
  if (media.kind === "vendor" && media.dialect === DIALECT) return raw(media.text);
  context.verdicts.lose("B01", path, audio.transcript === undefined ? "X" : "D");
  return undefined;
}

function encodeCall(call: ToolCallBlock, path: string, context: EncodeContext): Draft {
  const { ids, names, verdicts } = context;
  if (ids.changed(call)) verdicts.emulate("R40", path);
  const name = names.wire(call.name);
  const id = ids.call(call);
  const form =
    call.call === "custom"
      ? { type: "custom", custom: { name, input: call.argsText } }
      : { type: "function", function: { name, arguments: argumentsText(call.argsText) } };
  const draft = { id, ...form, extra_content: encodeSignature(call.opaque, context) };
  return graft(draft, call.ext, PART_GRAFT);
}

/** Arguments are text here, so even what is no JSON goes as it is; only nothing at all becomes an empty object. */
function argumentsText(text: string): string {
  return text.trim() === "" ? "{}" : text;
}

function encodeResult(item: Extract<Item, { kind: "result" }>, context: EncodeContext): Draft {
  const { turn, block, id } = item;
  const parts = block.parts.flatMap((part) => resultPart(part, turn.path, context) ?? []);
  const content = contentOf(block.isError ? withErrorPrefix(parts) : parts);
  const name = block.name === undefined ? undefined : context.names.wire(block.name);
  const isSpelt = context.isOwn && name !== undefined;
  const draft = { role: "tool", tool_call_id: id, content, name: isSpelt ? name : undefined };
  return graft(draft, turn.ext, TURN_GRAFT);
}

/** A tool message holds text only; media follow the group, and the text says so. */
function resultPart(block: Block, path: string, context: EncodeContext): Part | undefined {
  // A client of this dialect may know a server that takes more than text here.
  if (isAttachment(block) && !context.isOwn) return attachmentNote(block);
  if (block.kind === "toolResult") return undefined;
  return encodePart(block, { path, context });
}

function encodeAttachments(
  item: Extract<Item, { kind: "attachments" }>,
  context: EncodeContext,
): readonly Draft[] {
  if (context.isOwn) return [];
  const parts = item.results.flatMap(({ block, turn }) =>
    encodeParts(block.parts.filter(isAttachment), { path: turn.path, context }),
  );
  return parts.length === 0 ? [] : [{ role: "user", content: [...parts] }];
}
