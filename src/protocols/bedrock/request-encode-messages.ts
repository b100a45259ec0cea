// Turns to `system` and `messages`: roles alternate, a user speaks first, and the results of one assistant turn stand together
// at the head of the next message (translation.md B.1, B.4).
import { raw, type Printable } from "../../lib/json.ts";
import type { Block } from "../../ir/block.ts";
import type { Turn } from "../../ir/request.ts";
import { graft, type Draft } from "../kit/residue.ts";
import { assistantRun } from "../kit/result-groups.ts";
import {
  answeringContent,
  mergeNeighbours,
  only,
  spokenContent,
  startedByUser,
  TEXTS,
  wrappedInstruction,
} from "../kit/turns.ts";
import { DIALECT } from "./dialect.ts";
import type { EncodeContext } from "./request-encode-context.ts";
import { encodeParts, encodeResult, missingResult } from "./request-encode-parts.ts";
import { pointAfter } from "./request-encode-tools.ts";

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
  const pointed = withAutomaticPoint(messages, context);
  const merged = context.isOwn ? pointed : mergeNeighbours(pointed, joined);
  const dot: Message = { role: "user", content: [DOT], ext: undefined };
  return startedByUser(merged, dot, context).map((message) =>
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
  const { text, texts, others } = wrappedInstruction(turn.blocks);
  const point = texts
    .map((block) => context.breakpoints.get(block))
    .findLast((each) => each !== undefined);
  const content = [{ text }, ...pointAfter(point), ...encodeParts(others, place)];
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
  const content = spokenContent(run, isLast, context, encodeParts);
  const ext = run.flatMap((turn) => turn.ext ?? []);
  return content === undefined ? [] : [{ role: "assistant", content: orDot(content), ext }];
}

function encodeResults(
  run: readonly Turn[],
  following: readonly Turn[],
  placed: Set<Block>,
  context: EncodeContext,
): readonly Message[] {
  const answer = answeringContent({ run, following }, placed, context, {
    result: ({ turn, block, id }) => encodeResult(block, id, { path: turn.path, context }),
    missing: missingResult,
    others: (blocks, path) => encodeParts(blocks, { path, context }),
  });
  return answer === undefined ? [] : [{ role: "user", ...answer }];
}

/** Neighbours of one role are one message, block lists joined, words never (R05, E037). */
function joined(first: Message, second: Message): Message {
  const ext = [...(first.ext ?? []), ...(second.ext ?? [])];
  return { ...first, content: [...first.content, ...second.content], ext };
}
