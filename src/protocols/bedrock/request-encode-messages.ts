// Turns to `system` and `messages`: roles alternate, a user speaks first, and the results of one assistant turn stand together
// at the head of the next message (translation.md B.1, B.4).
import { raw, type Printable } from "../../lib/json.ts";
import type { Block } from "../../ir/block.ts";
import type { Turn } from "../../ir/request.ts";
import { featureOf } from "../kit/block-feature.ts";
import { isProven } from "../kit/claude-reasoning.ts";
import { judgeForeignProofs } from "../kit/foreign-proofs.ts";
import { graft, type Draft } from "../kit/residue.ts";
import { assistantRun, groupResults } from "../kit/result-groups.ts";
import { DIALECT } from "./dialect.ts";
import type { EncodeContext } from "./request-encode-context.ts";
import { encodeParts, encodeResult, missingResult, type Place } from "./request-encode-parts.ts";
import { pointAfter } from "./request-encode-tools.ts";

/** Kinds of blocks that instructions consist of. */
const TEXTS: ReadonlySet<Block["kind"]> = new Set(["text", "refusal", "json", "vendor"]);
/** Kinds of blocks that the model may be said to have written. */
const SPOKEN: ReadonlySet<Block["kind"]> = new Set([...TEXTS, "thinking", "toolCall"]);

/** A blank text is refused, so this is what stands where nothing was said. */
const DOT: Draft = { text: "." };

/** The top instructions, one block for each of the source's; `undefined`: there are none. */
export function encodeSystem(
  context: EncodeContext,
  extra: readonly string[],
): readonly Printable[] | undefined {
  const top = context.request.turns.filter(({ place }) => place === "top");
  const parts = top.flatMap((turn) => {
    const place = { path: turn.path, context };
    return graftList(encodeParts(only(turn.blocks, TEXTS, place), place), turn);
  });
  const all = [...parts, ...extra.map((text): Draft => ({ text }))];
  return all.length === 0 ? undefined : all;
}

/** What stood in front of the first block returns there. */
function graftList(parts: readonly Printable[], { ext = [], path }: Turn): readonly Printable[] {
  const own = ext.filter((each) => each.dialect === DIALECT && each.path === `${path}/0`);
  return own.length === 0 ? parts : [...own.map(({ text }) => raw(text)), ...parts];
}

/** The blocks that may stand here; the others are reported as lost. What was written in this dialect is not judged. */
function only(
  blocks: readonly Block[],
  kinds: ReadonlySet<Block["kind"]>,
  { path, context }: Place,
): readonly Block[] {
  if (context.isOwn) return blocks;
  for (const block of blocks) {
    if (!kinds.has(block.kind)) context.verdicts.lose(featureOf(block), path, "X");
  }
  return blocks.filter((block) => kinds.has(block.kind));
}

/** A message that is being put together. */
type Message = {
  readonly role: string;
  readonly content: readonly Printable[];
  readonly ext: Turn["ext"];
};

/** All messages. */
export function encodeMessages(context: EncodeContext): readonly Draft[] {
  const turns = context.request.turns.filter(({ place }) => place === "inline");
  const placed = new Set<Block>();
  const messages: Message[] = [];
  for (let at = 0; at < turns.length; at += 1) {
    const turn = turns[at];
    if (turn === undefined) break;
    if (context.isOwn) {
      messages.push(encodeOwn(turn, context));
    } else if (turn.role === "system" || turn.role === "developer") {
      messages.push(encodeInline(turn, context));
    } else if (turn.role === "user") {
      messages.push(...encodeUser(turn, placed, context));
    } else {
      const run = assistantRun(turns, at);
      at += run.length - 1;
      messages.push(...encodeAssistant(run, at === turns.length - 1, context));
      messages.push(...encodeResults(run, turns.slice(at + 1), placed, context));
    }
  }
  return framed(merged(withAutomaticPoint(messages, context), context), context).map((message) =>
    graft({ role: message.role, content: withWords(message, context) }, message.ext, MESSAGE_GRAFT),
  );
}

const MESSAGE_GRAFT = { dialect: DIALECT, depth: 2 } as const;

/** A breakpoint that others set by themselves is one after the last words of the user (R65). */
function withAutomaticPoint(
  messages: readonly Message[],
  { request, target, verdicts }: EncodeContext,
): readonly Message[] {
  const { automatic } = request.cache;
  const at = messages.findLastIndex(({ role }) => role === "user");
  const last = messages[at];
  if (automatic === undefined || last === undefined || target.capabilities.cachePoints === false)
    return messages;
  verdicts.emulate("R65", "");
  return messages.with(at, { ...last, content: [...last.content, ...pointAfter(automatic)] });
}

/** A message with a document must hold words as well (E058). */
function withWords({ content }: Message, { isOwn, verdicts }: EncodeContext): readonly Printable[] {
  const has = (key: string): boolean =>
    content.some((part) => typeof part === "object" && part !== null && key in part);
  if (isOwn || !has("document") || has("text")) return content;
  verdicts.emulate("R10", "");
  return [...content, DOT];
}

/** A message of a client of this dialect stays as it is, results among its words. */
function encodeOwn({ role, blocks, path, ext }: Turn, context: EncodeContext): Message {
  const place = { path, context };
  const content = blocks.flatMap((block) =>
    block.kind === "toolResult"
      ? encodeResult(block, block.id, place)
      : encodeParts([block], place),
  );
  return { role, content, ext };
}

function encodeUser(
  turn: Turn,
  placed: ReadonlySet<Block>,
  context: EncodeContext,
): readonly Message[] {
  const rest = turn.blocks.filter((block) => !placed.has(block));
  if (rest.length === 0 && turn.blocks.length > 0) return [];
  const content = orDot(encodeParts(rest, { path: turn.path, context }));
  return [{ role: "user", content, ext: turn.ext }];
}

/** An instruction among the turns keeps its place; where the model has none for it, it is wrapped (R03). */
function encodeInline(turn: Turn, context: EncodeContext): Message {
  const place = { path: turn.path, context };
  const native = context.isOwn || context.target.capabilities.inlineSystem === true;
  if (native && turn.blocks.every((block) => TEXTS.has(block.kind))) {
    const content = orDot(encodeParts(turn.blocks, place));
    return { role: "system", content, ext: turn.ext };
  }
  context.verdicts.lose("R03", turn.path, "D");
  const texts = turn.blocks.filter((block) => block.kind === "text");
  const words = texts.map(({ text }) => text).join("\n");
  const wrapped: Draft = { text: `<system_instruction>\n${words}\n</system_instruction>` };
  const point = texts
    .map((block) => context.breakpoints.get(block))
    .findLast((each) => each !== undefined);
  const others = turn.blocks.filter((block) => block.kind !== "text");
  const content = [wrapped, ...pointAfter(point), ...encodeParts(others, place)];
  return { role: "user", content, ext: undefined };
}

/** A turn must not be empty. */
function orDot(content: readonly Printable[]): readonly Printable[] {
  return content.length === 0 ? [DOT] : content;
}

function encodeAssistant(
  run: readonly Turn[],
  isLast: boolean,
  context: EncodeContext,
): readonly Message[] {
  const signed = run.some(({ blocks }) => blocks.some((block) => isProven(block, context)));
  const content = run.flatMap((turn) => {
    const place = { path: turn.path, context, signed };
    const blocks = only(turn.blocks, SPOKEN, place);
    const parts = encodeParts(
      isLast && !context.isOwn ? withoutTrailingSpace(blocks) : blocks,
      place,
    );
    if (!context.isOwn) judgeForeignProofs(turn, context);
    return parts;
  });
  const ext = run.flatMap((turn) => turn.ext ?? []);
  // What says nothing is left out; what lost its words keeps its place, unless the model would continue it.
  const isSilent = run.every(({ blocks }) =>
    blocks.every((block) => block.kind === "text" && block.text.trim() === ""),
  );
  if (content.length === 0 && (isSilent || isLast)) return [];
  return [{ role: "assistant", content: orDot(content), ext }];
}

/** A prefill that ends in white space is refused (E041). */
function withoutTrailingSpace(blocks: readonly Block[]): readonly Block[] {
  const last = blocks.at(-1);
  if (last?.kind !== "text") return blocks;
  return [...blocks.slice(0, -1), { ...last, text: last.text.trimEnd() }];
}

function encodeResults(
  run: readonly Turn[],
  following: readonly Turn[],
  placed: Set<Block>,
  context: EncodeContext,
): readonly Message[] {
  const mayWait = following.length === 0 && context.target.capabilities.prefill !== false;
  const group = mayWait ? undefined : groupResults(run, following, placed, context.ids);
  if (group === undefined) return [];
  const { answers, missing, rest } = group;
  const results = answers.flatMap(({ turn, block, id }) =>
    encodeResult(block, id, { path: turn.path, context }),
  );
  if (missing.length > 0) context.verdicts.lose("R40", run[0]?.path ?? "", "D");
  const others = rest.flatMap(({ turn, blocks }) =>
    encodeParts(blocks, { path: turn.path, context }),
  );
  const ext = rest.flatMap(({ turn }) => turn.ext ?? []);
  const content = [...results, ...missing.map(missingResult), ...others];
  return [{ role: "user", content, ext }];
}

/** Neighbours of one role are one message, block lists joined, words never (R05, E037). */
function merged(messages: readonly Message[], { isOwn }: EncodeContext): readonly Message[] {
  if (isOwn) return messages;
  const joined: Message[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    if (last === undefined || last.role !== message.role) joined.push(message);
    else {
      const ext = [...(last.ext ?? []), ...(message.ext ?? [])];
      joined[joined.length - 1] = { ...last, content: [...last.content, ...message.content], ext };
    }
  }
  return joined;
}

/** The conversation must begin with the user (E036), and for models that continue no prefill it must end with one (R41). */
function framed(messages: readonly Message[], context: EncodeContext): readonly Message[] {
  if (context.isOwn && messages.length > 0) return messages;
  const dot: Message = { role: "user", content: [DOT], ext: undefined };
  const started = messages[0]?.role === "user" ? messages : [dot, ...messages];
  const isPrefill = started.at(-1)?.role === "assistant";
  if (!isPrefill || context.target.capabilities.prefill !== false) return started;
  context.verdicts.lose("R41", context.request.turns.at(-1)?.path ?? "", "X");
  return [...started, dot];
}
