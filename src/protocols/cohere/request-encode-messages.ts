// Arranged turns to messages (translation.md B.1, B.4).
import { unreachable } from "../../lib/result.ts";
import type { Printable } from "../../lib/json.ts";
import type { Block, TextBlock, ToolCallBlock } from "../../ir/block.ts";
import type { Turn } from "../../ir/request.ts";
import { featureOf } from "../kit/block-feature.ts";
import { judgeForeignProofs } from "../kit/foreign-proofs.ts";
import { arrange, writeItem, type Item, type ItemWriter } from "../kit/message-order.ts";
import { plainText } from "../kit/readable.ts";
import { graft, type Draft } from "../kit/residue.ts";
import {
  attachmentNote,
  contentOf,
  isAttachment,
  textPart,
  withErrorPrefix,
} from "../kit/text-parts.ts";
import { citationFeature, encodeCitations } from "./citations.ts";
import { DIALECT } from "./dialect.ts";
import type { EncodeContext } from "./request-encode-context.ts";
import { encodePart, encodeParts, encodeFound, PART_GRAFT } from "./request-encode-parts.ts";
import { noteName } from "./request-encode-tools.ts";

const TURN_GRAFT = { dialect: DIALECT, depth: 2 } as const;

/** What stands where nothing is left to say. */
const FILLER: Draft = { role: "user", content: "." };

/** All messages; the last one must be the user's or a tool's (R05, R41). */
export function encodeMessages(context: EncodeContext): readonly Draft[] {
  const { request, isOwn, verdicts } = context;
  const write = writer(context);
  const written = arrange(request.turns, context.ids).map((item) => ({
    item,
    drafts: writeItem(item, write, verdicts),
  }));
  const messages = written.flatMap(({ item, drafts }, at) => {
    // What lost its words keeps its place, unless the user says something beside it.
    const before = written.slice(0, at).findLast(isSaid)?.drafts[0]?.["role"];
    const after = written.slice(at + 1).find(isSaid)?.drafts[0]?.["role"];
    const isMissed = ![before, after].some((role) => role === "user" || role === "tool");
    return drafts.length === 0 && item.kind === "user" && isMissed ? [FILLER] : drafts;
  });
  if (isOwn || messages.at(-1)?.["role"] !== "assistant") return messages;
  verdicts.lose("R41", request.turns.at(-1)?.path ?? "", "X");
  return [...messages, FILLER];
}

function isSaid({ drafts }: { readonly drafts: readonly Draft[] }): boolean {
  return drafts.length > 0;
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

/** Instructions are text only. */
function encodeInstruction(turn: Turn, context: EncodeContext): readonly Draft[] {
  const { path, blocks, ext } = turn;
  const parts = blocks.flatMap((block): readonly Printable[] => {
    if (block.kind === "text" || block.kind === "vendor")
      return encodeParts([block], { path, context });
    const text = plainText([block]);
    if (text !== "") return [textPart(text)];
    context.verdicts.lose(featureOf(block), path, "X");
    return [];
  });
  if (parts.length === 0 && blocks.length > 0) return [];
  return [graft({ role: "system", content: contentOf(parts) }, ext, TURN_GRAFT)];
}

function encodeUser(
  { turn, blocks }: Extract<Item, { kind: "user" }>,
  context: EncodeContext,
): readonly Draft[] {
  const { path, ext } = turn;
  if (blocks.some((block) => block.kind === "toolResult")) context.verdicts.lose("R40", path, "D");
  const rest = blocks.filter((block) => !context.documents.has(block));
  const parts = encodeParts(rest, { path, context });
  if (parts.length === 0 && rest.length > 0) return [];
  return [graft({ role: "user", content: contentOf(parts) }, ext, TURN_GRAFT)];
}

function encodeAssistant(
  turns: readonly [Turn, ...Turn[]],
  context: EncodeContext,
): readonly Draft[] {
  const calls = turns.flatMap(({ blocks, path }) =>
    blocks.flatMap((block) =>
      block.kind === "toolCall" ? [encodeCall(block, path, context)] : [],
    ),
  );
  const all = turns.flatMap(({ blocks }) => blocks);
  const plan = planOf(all, context);
  const parts = turns.flatMap(({ path, blocks }) =>
    blocks.flatMap((block) => (block === plan ? [] : assistantPart(block, path, context))),
  );
  // No proof is ever made here, so each is another's (B08).
  for (const turn of turns) judgeForeignProofs(turn, context);
  // A message that says nothing and calls nothing is refused.
  if (parts.length === 0 && calls.length === 0 && plan === undefined && !context.isOwn) return [];
  const draft = {
    role: "assistant",
    content: parts.length === 0 ? undefined : contentOf(parts),
    tool_plan: plan?.text,
    tool_calls: calls.length === 0 ? undefined : calls,
    citations: encodeHistoryCitations(turns, plan, context),
  };
  return [
    graft(
      draft,
      turns.flatMap(({ ext = [] }) => ext),
      TURN_GRAFT,
    ),
  ];
}

/** What is marked as the plan, or else what was said right before the calls (S20). */
function planOf(blocks: readonly Block[], { isOwn }: EncodeContext): TextBlock | undefined {
  const marked = blocks.find((block) => block.kind === "text" && block.tag === "plan");
  if (marked?.kind === "text" || isOwn) return marked?.kind === "text" ? marked : undefined;
  const call = blocks.findIndex(({ kind }) => kind === "toolCall");
  const before = blocks[call - 1];
  const isLast = !blocks.slice(call + 1).some(({ kind }) => kind === "text");
  return before?.kind === "text" && isLast && before.text.trim() !== "" ? before : undefined;
}

/** What an assistant's message may hold: text and reasoning. */
function assistantPart(block: Block, path: string, context: EncodeContext): readonly Printable[] {
  switch (block.kind) {
    case "text":
      return block.text === "" && !context.isOwn ? [] : encodeParts([block], { path, context });
    case "refusal":
    case "thinking":
    case "vendor":
      return encodeParts([block], { path, context });
    case "document":
    case "searchResult":
    case "json": {
      const text = plainText([block]);
      if (text !== "") return [textPart(text)];
      context.verdicts.lose(featureOf(block), path, "X");
      return [];
    }
    case "image":
      context.verdicts.lose("R19", path, "X");
      return [];
    case "audio": {
      const { transcript = "" } = block;
      context.verdicts.lose(featureOf(block), path, transcript === "" ? "X" : "D");
      return transcript === "" ? [] : [textPart(transcript)];
    }
    case "video":
      context.verdicts.lose("R17", path, "X");
      return [];
    case "toolCall":
    case "toolResult":
      return [];
  }
  return unreachable(block);
}

/** Only what was cited in this dialect goes back: the rest names sources that the upstream has never seen. */
function encodeHistoryCitations(
  turns: readonly Turn[],
  plan: TextBlock | undefined,
  { isOwn, verdicts }: EncodeContext,
): Printable {
  const cited = turns.flatMap(({ blocks, path }) =>
    blocks.flatMap((block) => {
      const { citations = [] } = block.kind === "text" ? block : {};
      if (block.kind !== "text" || citations.length === 0) return [];
      if (!isOwn)
        for (const each of citations) verdicts.loseNoted(citationFeature(each), path, "X");
      const contentIndex = block === plan ? undefined : 0;
      return isOwn ? [{ text: block.text, citations, contentIndex }] : [];
    }),
  );
  return cited.length === 0 ? undefined : [...encodeCitations(cited)];
}

function encodeCall(call: ToolCallBlock, path: string, context: EncodeContext): Draft {
  const { ids, names, verdicts, isOwn } = context;
  if (ids.changed(call) && !isOwn) verdicts.emulate("R40", path);
  noteName(call.name, path, context);
  const blank = call.argsText.trim() === "";
  const free = call.call === "custom";
  const args = free ? JSON.stringify({ input: call.argsText }) : blank ? "{}" : call.argsText;
  const draft = {
    id: isOwn ? call.id : ids.call(call),
    type: "function",
    function: { name: names.wire(call.name), arguments: args },
  };
  return graft(draft, call.ext, PART_GRAFT);
}

function encodeResult(item: Extract<Item, { kind: "result" }>, context: EncodeContext): Draft {
  const { turn, block, id } = item;
  const place = { path: turn.path, context };
  const parts = block.parts.flatMap((part): readonly Printable[] =>
    isAttachment(part) ? [attachmentNote(part)] : encodeFound(part, place),
  );
  const content = contentOf(block.isError ? withErrorPrefix(parts) : parts);
  const callId = context.isOwn ? block.id : id;
  return graft({ role: "tool", tool_call_id: callId, content }, turn.ext, TURN_GRAFT);
}

/** Media of results follow the whole group as the user's; of files there is no place for any (R37, R38). */
function encodeAttachments(
  { results }: Extract<Item, { kind: "attachments" }>,
  context: EncodeContext,
): readonly Draft[] {
  const parts = results.flatMap(({ block, turn: { path } }) =>
    block.parts.flatMap((part) => {
      const encoded = isAttachment(part) ? encodePart(part, { path, context }) : undefined;
      if (part.kind === "document" && isAttachment(part)) context.verdicts.lose("R38", path, "X");
      if (part.kind === "image" && encoded === undefined) context.verdicts.lose("R37", path, "X");
      return encoded === undefined ? [] : [encoded];
    }),
  );
  return parts.length === 0 ? [] : [{ role: "user", content: [...parts] }];
}
