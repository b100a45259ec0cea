// Which items a reply's blocks become, and what each looks like (translation.md B.7, D.4). A stream builds the same plan
// block by block, so that its last event and a buffered reply agree.
import { raw, type JsonText, type Printable } from "../../lib/json.ts";
import type {
  Block,
  Citation,
  ImageBlock,
  Opaque,
  RefusalBlock,
  TextBlock,
  ThinkingBlock,
  ToolCallBlock,
} from "../../ir/block.ts";
import type { TokenLogprob } from "../../ir/reply.ts";
import type { Residue } from "../../ir/request.ts";
import { codePoints } from "../kit/code-points.ts";
import { encodeTokens } from "../kit/openai-logprobs.ts";
import { segments } from "../kit/pointer.ts";
import { graft, ownResidues, type Draft } from "../kit/residue.ts";
import type { Client } from "../protocol.ts";
import { clientItem, type ClientItem } from "./client-items.ts";
import { encodeAnnotation } from "./citations.ts";
import { DIALECT } from "./dialect.ts";
import { itemId, reasoningId } from "./item-ids.ts";

/** A block that is part of a message. */
export type Said = TextBlock | RefusalBlock;

/** An item of the output. */
export type PlannedItem =
  | { readonly kind: "message"; readonly said: readonly Said[] }
  | { readonly kind: "reasoning"; readonly block: ThinkingBlock }
  /** An empty reasoning item that holds the token of its neighbour, which has no member for it. */
  | { readonly kind: "carrier"; readonly token: Opaque; readonly mark: "next" | "previous" }
  /** `id`: the call's id on the wire. */
  | { readonly kind: "call"; readonly block: ToolCallBlock; readonly id: string }
  | { readonly kind: "image"; readonly block: ImageBlock; readonly base64: string }
  | { readonly kind: "raw"; readonly text: JsonText };

/** The block as part of a message; `undefined`: it is none, or says nothing. */
export function asSaid(block: Block): Said | undefined {
  switch (block.kind) {
    case "text":
    case "refusal":
      return saysSomething(block) ? block : undefined;
    case "audio":
      return textOf(block.transcript ?? "");
    case "json":
      return textOf(block.text);
    case "thinking":
    case "toolCall":
    case "toolResult":
    case "image":
    case "video":
    case "document":
    case "searchResult":
    case "vendor":
      return undefined;
  }
}

function textOf(text: string): TextBlock | undefined {
  return text === "" ? undefined : { kind: "text", text };
}

function saysSomething(block: Said): boolean {
  if (block.text !== "") return true;
  return block.kind === "text" && (block.citations ?? []).length > 0;
}

/** Whether reasoning has anything to show: text, or a token. */
export function isShown(block: Pick<ThinkingBlock, "text" | "opaque" | "redacted">): boolean {
  return block.opaque !== undefined || (block.text !== "" && !block.redacted);
}

/** A block that is an item by itself without arriving in pieces; `undefined`: it has no place here. */
export function wholeItem(block: Block): PlannedItem | undefined {
  if (block.kind === "image" && block.media.kind === "inline") {
    return { kind: "image", block, base64: block.media.base64 };
  }
  return block.kind === "vendor" && block.dialect === DIALECT
    ? { kind: "raw", text: block.text }
    : undefined;
}

/** The plan for a whole reply. `callIds` gives calls their ids on the wire. */
export function planOutput(
  blocks: readonly Block[],
  callIds: (id: string) => string,
): readonly PlannedItem[] {
  const plan: PlannedItem[] = [];
  for (const block of blocks) {
    const said = asSaid(block);
    if (said !== undefined) addSaid(plan, said);
    if (block.kind === "text" || block.kind === "refusal") addToken(plan, block.opaque, "previous");
    else if (block.kind === "thinking") {
      if (isShown(block)) plan.push({ kind: "reasoning", block });
    } else if (block.kind === "toolCall") {
      addToken(plan, block.opaque, "next");
      plan.push({ kind: "call", block, id: callIds(block.id) });
    } else {
      const item = wholeItem(block);
      if (item !== undefined) plan.push(item);
    }
  }
  return plan;
}

function addSaid(plan: PlannedItem[], said: Said): void {
  const last = plan.at(-1);
  const joins = last?.kind === "message" && !startsMessage(said.ext);
  if (joins) plan[plan.length - 1] = { kind: "message", said: [...last.said, said] };
  else plan.push({ kind: "message", said: [said] });
}

function addToken(
  plan: PlannedItem[],
  tokens: readonly Opaque[] | undefined,
  mark: "next" | "previous",
): void {
  const [token] = tokens ?? [];
  if (token !== undefined) plan.push({ kind: "carrier", token, mark });
}

/** Whether residues of the block were members of a message, which it then began. */
export function startsMessage(ext: readonly Residue[] | undefined): boolean {
  return ownResidues(ext, DIALECT).some(({ path }) => segments(path)[2] !== "content");
}

/** How far an item is. */
export type Progress = "in_progress" | "completed";

/** An item of the plan at its place in the output. `tokens`: those of each text of a message. */
export function encodeItem(
  item: PlannedItem,
  index: number,
  client: Client,
  tokens: (said: Said) => readonly TokenLogprob[],
): Printable {
  switch (item.kind) {
    case "message": {
      const [first] = item.said;
      const content = item.said.map((said) => encodePart(said, tokens(said)));
      return messageDraft(itemId("msg", index, client), "completed", content, first?.ext);
    }
    case "reasoning":
      return reasoningDraft(reasoningIdOf(item.block, index, client), item.block, client);
    case "carrier":
      return {
        id: reasoningId(item.mark, index, client),
        type: "reasoning",
        summary: [],
        encrypted_content: client.seal(item.token),
      };
    case "call":
      return callDraft(
        item,
        itemId(prefixOf(item.block, client), index, client),
        "completed",
        client,
      );
    case "image":
      return imageDraft(item, itemId("ig", index, client), "completed");
    case "raw":
      return raw(item.text);
  }
}

const ITEM_GRAFT = { dialect: DIALECT, depth: 2 } as const;
const PART_GRAFT = { dialect: DIALECT, depth: 4 } as const;

/** A message; `ext` are the residues of its first block. */
export function messageDraft(
  id: string,
  status: Progress,
  content: readonly Printable[],
  ext: readonly Residue[] | undefined,
): Draft {
  const own = (ext ?? []).filter(({ path }) => segments(path)[2] !== "content");
  return graft({ id, type: "message", status, role: "assistant", content }, own, ITEM_GRAFT);
}

/** A part of a message. */
export function encodePart(said: Said, tokens: readonly TokenLogprob[]): Draft {
  const own = (said.ext ?? []).filter(({ path }) => segments(path)[2] === "content");
  if (said.kind === "refusal") {
    return graft({ type: "refusal", refusal: said.text }, own, PART_GRAFT);
  }
  const { text, citations = [] } = said;
  const draft: Draft = {
    type: "output_text",
    text,
    annotations: encodeAnnotations(text, citations),
    logprobs: encodeTokens(tokens),
  };
  return graft(draft, own, PART_GRAFT);
}

/** The annotations of a text; citations without a place here are left out. */
export function encodeAnnotations(
  text: string,
  citations: readonly Citation[],
): readonly Printable[] {
  const length = codePoints(text);
  return citations.flatMap((citation) => encodeAnnotation(citation, length) ?? []);
}

/** The id of an item of reasoning. */
export function reasoningIdOf(
  block: Pick<ThinkingBlock, "redacted">,
  index: number,
  client: Client,
): string {
  return reasoningId(block.redacted ? "redacted" : undefined, index, client);
}

/** Reasoning: summaries and raw chains have members of their own. */
export function reasoningDraft(
  id: string,
  block: Pick<ThinkingBlock, "text" | "form" | "redacted" | "opaque" | "ext">,
  client: Client,
): Draft {
  const { text, form, redacted, opaque = [] } = block;
  const isEmpty = text === "" || redacted;
  const token = opaque.find(({ kind }) => kind !== "itemId") ?? opaque[0];
  const draft: Draft = {
    id,
    type: "reasoning",
    summary: isEmpty || form === "raw" ? [] : [{ type: "summary_text", text }],
    content: isEmpty || form === "summary" ? undefined : [{ type: "reasoning_text", text }],
    // Sealed even if the vendor is this dialect's own: the envelope says which model made it.
    encrypted_content: token === undefined ? undefined : client.seal(token),
  };
  return graft(draft, block.ext, ITEM_GRAFT);
}

/** Beginning of the ids of calls. */
export function prefixOf(
  block: Pick<ToolCallBlock, "call" | "name" | "argsText">,
  client: Client,
): string {
  if (block.call === "custom") return "ctc";
  return nativeItem(block, client)?.prefix ?? "fc";
}

/** The call in the client's own form, if it is one of a tool that it runs (R29). */
export function nativeItem(
  block: Pick<ToolCallBlock, "call" | "name" | "argsText">,
  { clientTools }: Client,
  { id = "", status = "completed" }: { readonly id?: string; readonly status?: Progress } = {},
): ClientItem | undefined {
  if (block.call === "custom" || clientTools?.has(block.name) !== true) return undefined;
  return clientItem(block, id, status);
}

/** A call with its arguments so far. */
export function callDraft(
  { block, id: callId }: Extract<PlannedItem, { kind: "call" }>,
  id: string,
  status: Progress,
  client: Client,
): Draft {
  const { argsText } = block;
  const native = nativeItem(block, client, { id: callId, status });
  if (native !== undefined) return { id, ...native.draft };
  const place = client.groups?.get(block.name);
  const name = place?.name ?? block.name;
  const namespace = place?.group;
  const draft =
    block.call === "custom"
      ? { id, type: "custom_tool_call", status, call_id: callId, namespace, name, input: argsText }
      : {
          id,
          type: "function_call",
          status,
          arguments: status === "completed" ? wholeArguments(argsText) : argsText,
          call_id: callId,
          namespace,
          name,
        };
  return graft(draft, block.ext, ITEM_GRAFT);
}

/** A call without arguments has an empty object of them (E291). */
export function wholeArguments(text: string): string {
  return text.trim() === "" ? "{}" : text;
}

/** A drawn picture; while it is in progress, nothing of it can be seen. */
export function imageDraft(
  { block, base64 }: Extract<PlannedItem, { kind: "image" }>,
  id: string,
  status: Progress,
): Draft {
  const { media } = block;
  const [kind, format] = media.kind === "inline" ? media.mime.split("/") : [];
  const draft: Draft = {
    id,
    type: "image_generation_call",
    status,
    output_format: kind === "image" ? format : undefined,
    result: status === "completed" ? base64 : null,
  };
  return graft(draft, block.ext, ITEM_GRAFT);
}

/**
 * Shares the log probabilities of an answer among its texts in their order: each takes tokens until they make up its length,
 * the last takes what is left (S08).
 */
export function shareTokens(
  texts: readonly string[],
  tokens: readonly TokenLogprob[],
): readonly (readonly TokenLogprob[])[] {
  const last = texts.length - 1;
  let next = 0;
  return texts.map((text, index) => {
    const from = next;
    if (index === last) return tokens.slice(from);
    for (let length = 0; next < tokens.length && length < text.length; next += 1) {
      length += tokens[next]?.token.length ?? 0;
    }
    return tokens.slice(from, next);
  });
}
