// The items of one run of assistant turns: words, reasoning and calls in the order in which they were made.
import { raw, type Printable } from "../../lib/json.ts";
import { unreachable } from "../../lib/result.ts";
import type { Block, Opaque, TextBlock, ThinkingBlock, ToolCallBlock } from "../../ir/block.ts";
import { mayReplay } from "../../ir/opaque.ts";
import type { Turn } from "../../ir/request.ts";
import { plainText } from "../kit/readable.ts";
import { judgeForeignProofs } from "../kit/foreign-proofs.ts";
import { graft, spells, type Draft } from "../kit/residue.ts";
import { DIALECT } from "./dialect.ts";
import type { EncodeContext } from "./request-encode-context.ts";
import { graftTurn, ITEM_GRAFT, PART_GRAFT } from "./request-encode-parts.ts";

type Item = { readonly kind: "words" | "reasoning" | "other"; readonly body: Printable };

/** All items of the run. */
export function assistantItems(run: readonly Turn[], context: EncodeContext): readonly Printable[] {
  const items = run.flatMap((turn) => turnItems(turn, context));
  // Reasoning without the item that it led to makes the request invalid (E182).
  const kept = items.filter(
    ({ kind }, at) => context.isOwn || kind !== "reasoning" || leadsOn(items.slice(at + 1)),
  );
  if (kept.length < items.length)
    for (const { path } of run) context.verdicts.loseNoted("R62", path, "X");
  return kept.map(({ body }) => body);
}

function leadsOn(rest: readonly Item[]): boolean {
  return rest.some(({ kind }) => kind !== "reasoning");
}

function turnItems(turn: Turn, context: EncodeContext): readonly Item[] {
  if (!context.isOwn) judgeForeignProofs(turn, context);
  const items: Item[] = [];
  let words: Block[] = [];
  const flush = (): void => {
    const body = messageItem(words, turn, context);
    words = [];
    if (body !== undefined) items.push({ kind: "words", body });
  };
  for (const block of turn.blocks) {
    if (block.kind === "text" || block.kind === "refusal" || isOwnPart(block)) {
      words.push(block);
      continue;
    }
    flush();
    items.push(...blockItem(block, turn, context));
  }
  flush();
  if (turn.blocks.length === 0)
    items.push({ kind: "words", body: graftTurn({ role: "assistant", content: "" }, turn) });
  return items;
}

/** A part that was kept verbatim, rather than an item. */
function isOwnPart(block: Block): boolean {
  return block.kind === "vendor" && block.dialect === DIALECT && block.id === "R00";
}

function blockItem(block: Block, turn: Turn, context: EncodeContext): readonly Item[] {
  const { verdicts } = context;
  switch (block.kind) {
    case "toolCall":
      return [{ kind: "other", body: encodeCall(block, turn, context) }];
    case "thinking": {
      const body = encodeReasoning(block, turn, context);
      return body === undefined ? [] : [{ kind: "reasoning", body }];
    }
    case "vendor":
      if (block.dialect === DIALECT) return [{ kind: "other", body: raw(block.text) }];
      verdicts.lose(block.id, turn.path, "X");
      return [];
    case "image":
      verdicts.lose("R19", turn.path, "X");
      return [];
    case "audio":
      // What was said can be read.
      verdicts.lose("B01", turn.path, block.transcript === undefined ? "X" : "D");
      return spoken(block.transcript, turn);
    case "video":
      verdicts.lose("R17", turn.path, "X");
      return [];
    case "document":
    case "searchResult":
    case "json":
    case "toolResult":
      return spoken(plainText([block]), turn);
    case "text":
    case "refusal":
      return [];
  }
  return unreachable(block);
}

function spoken(text: string | undefined, turn: Turn): readonly Item[] {
  if (text === undefined || text === "") return [];
  return [{ kind: "words", body: graftTurn({ role: "assistant", content: text }, turn) }];
}

/** One text is a string; several, or what a string cannot hold, are parts. */
function messageItem(blocks: readonly Block[], turn: Turn, context: EncodeContext): Printable {
  const [only, ...others] = blocks;
  if (only === undefined) return undefined;
  const isPlain = only.kind === "text" && others.length === 0 && isBare(only, context);
  const content = isPlain ? only.text : blocks.map((block) => wordsPart(block, context));
  return graftTurn({ role: "assistant", content }, turn);
}

function isBare(block: TextBlock, context: EncodeContext): boolean {
  const own = (block.ext ?? []).some(({ dialect }) => dialect === DIALECT);
  return !own && ownCitations(block).length === 0 && !context.breakpoints.has(block);
}

function wordsPart(block: Block, context: EncodeContext): Printable {
  if (block.kind === "vendor") return raw(block.text);
  if (block.kind === "refusal") return { type: "refusal", refusal: block.text };
  if (block.kind !== "text") return undefined;
  const annotations = ownCitations(block);
  const draft = {
    type: "output_text",
    text: block.text,
    annotations: annotations.length === 0 ? undefined : annotations,
    prompt_cache_breakpoint: context.breakpoints.has(block) ? { mode: "explicit" } : undefined,
  };
  return graft(draft, block.ext, PART_GRAFT);
}

/** Only citations that were written in this dialect go back: others name sources that the upstream has never seen. */
function ownCitations({ citations = [] }: TextBlock): readonly Printable[] {
  return citations.flatMap(({ native }) => (native.dialect === DIALECT ? [raw(native.text)] : []));
}

function encodeCall(call: ToolCallBlock, turn: Turn, context: EncodeContext): Printable {
  const { ids, names, verdicts, isOwn, request } = context;
  if (isOwn && call.native?.dialect === DIALECT) return raw(call.native.text);
  if (ids.changed(call)) verdicts.emulate("R40", turn.path);
  const place = isOwn ? request.groups?.get(call.name) : undefined;
  const isCustom = call.call === "custom";
  const draft = {
    type: isCustom ? "custom_tool_call" : "function_call",
    call_id: ids.call(call),
    namespace: place?.group,
    name: place?.name ?? names.wire(call.name),
    ...(isCustom ? { input: call.argsText } : { arguments: argumentsText(call.argsText) }),
  };
  return graft(draft, call.ext, ITEM_GRAFT);
}

/** Arguments are text here, so even what is no JSON goes as it is; only nothing at all becomes an empty object. */
function argumentsText(text: string): string {
  return text.trim() === "" ? "{}" : text;
}

/** A token goes back only to who made it; reasoning without one is dropped, never told as text (B.7, E183). */
function encodeReasoning(block: ThinkingBlock, turn: Turn, context: EncodeContext): Printable {
  const { isOwn, target, verdicts } = context;
  const token = (block.opaque ?? []).find((each) => isOwn || mayReplay(each, target));
  if (token === undefined && !isOwn) {
    if (block.text !== "") verdicts.lose("R61", turn.path, "X");
    return undefined;
  }
  if (!isOwn && block.text !== "") verdicts.keep("R61", turn.path);
  return graft(reasoningDraft(block, token), block.ext, ITEM_GRAFT);
}

function reasoningDraft(block: ThinkingBlock, token: Opaque | undefined): Draft {
  const { text, form } = block;
  const isSpelt = spells(block.ext, ITEM_GRAFT, "summary");
  const isSummary = form === "summary" && text !== "" && !isSpelt;
  const isRaw = form === "raw" && text !== "" && !isSpelt;
  return {
    type: "reasoning",
    summary: isSummary ? [{ type: "summary_text", text }] : [],
    content: isRaw ? [{ type: "reasoning_text", text }] : undefined,
    encrypted_content: token?.data,
  };
}
