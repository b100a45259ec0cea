// Turns to `system` and `messages`: the results of one assistant turn stand together, first in the next user message
// (translation.md B.1, B.4).
import type { Printable } from "../../lib/json.ts";
import type { Block } from "../../ir/block.ts";
import type { Turn } from "../../ir/request.ts";
import { assistantRun } from "../kit/result-groups.ts";
import { graft, type Draft } from "../kit/residue.ts";
import {
  answeringContent,
  only,
  spokenContent,
  startedByUser,
  TEXTS,
  wrappedInstruction,
} from "../kit/turns.ts";
import { DIALECT } from "./dialect.ts";
import type { EncodeContext } from "./request-encode-context.ts";
import { cacheControl } from "./request-encode-cache.ts";
import { encodeParts, encodeResult } from "./request-encode-parts.ts";

/** The top instructions, one block for each of the source's; `undefined`: there are none. */
export function encodeSystem(
  context: EncodeContext,
  extra: readonly string[],
): readonly Printable[] | undefined {
  const parts = context.request.turns.flatMap((turn) => {
    if (turn.place !== "top") return [];
    const place = { path: turn.path, context };
    return encodeParts(only(turn.blocks, TEXTS, place), place);
  });
  const all = [...parts, ...extra.map((text): Draft => ({ type: "text", text }))];
  return all.length === 0 ? undefined : all;
}

/** A message that is being put together. */
type Message = {
  readonly role: string;
  readonly content: readonly Printable[];
  readonly ext: Turn["ext"];
};

/** All messages. */
export function encodeMessages(context: EncodeContext): readonly Draft[] {
  const turns = context.request.turns.filter((turn) => turn.place === "inline");
  const placed = new Set<Block>();
  const messages: Message[] = [];
  for (let at = 0; at < turns.length; at += 1) {
    const turn = turns[at];
    if (turn === undefined) break;
    if (turn.role === "system" || turn.role === "developer") {
      const next = turns.slice(at + 1).find((later) => !later.blocks.every((b) => placed.has(b)));
      const fits = messages.at(-1)?.role === "user" && (next?.role ?? "assistant") === "assistant";
      messages.push(encodeInline(turn, fits, context));
      continue;
    }
    if (turn.role !== "assistant") {
      messages.push(...encodeUser(turn, placed, context));
      continue;
    }
    const run = assistantRun(turns, at);
    at += run.length - 1;
    messages.push(...encodeAssistant(run, at === turns.length - 1, context));
    messages.push(...encodeResults(run, turns.slice(at + 1), placed, context));
  }
  const dot: Message = { role: "user", content: orDot([]), ext: undefined };
  return startedByUser(messages, dot, context).map(({ role, content, ext }) =>
    graft({ role, content }, ext, { dialect: DIALECT, depth: 2 }),
  );
}

function encodeUser(
  turn: Turn,
  placed: ReadonlySet<Block>,
  context: EncodeContext,
): readonly Message[] {
  const rest = turn.blocks.filter((block) => !placed.has(block));
  if (rest.length === 0 && turn.blocks.length > 0) return [];
  return [
    {
      role: "user",
      content: orDot(encodeParts(rest, { path: turn.path, context })),
      ext: turn.ext,
    },
  ];
}

/**
 * An instruction among the turns keeps its place; where the model has none for it, it is wrapped (R03). Models that have one
 * take it only between a user's turn and the answer to it (`fits`).
 */
function encodeInline(turn: Turn, fits: boolean, context: EncodeContext): Message {
  const place = { path: turn.path, context };
  const native = context.isOwn || (fits && context.target.capabilities.inlineSystem === true);
  if (native && turn.blocks.every((block) => TEXTS.has(block.kind))) {
    return { role: "system", content: orDot(encodeParts(turn.blocks, place)), ext: turn.ext };
  }
  context.verdicts.lose("R03", turn.path, "D");
  const { text, texts, others } = wrappedInstruction(turn.blocks);
  const wrapped: Draft = {
    type: "text",
    text,
    cache_control: cacheControl(
      texts.map((block) => context.breakpoints.get(block)).findLast((point) => point !== undefined),
    ),
  };
  return { role: "user", content: [wrapped, ...encodeParts(others, place)], ext: undefined };
}

/** A turn must not be empty, and blank text is refused. */
function orDot(content: readonly Printable[]): readonly Printable[] {
  return content.length === 0 ? [{ type: "text", text: "." }] : content;
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
    result: ({ turn, block, id }) => [encodeResult(block, id, { path: turn.path, context })],
    missing: missingResult,
    others: (blocks, path) => encodeParts(blocks, { path, context }),
  });
  return answer === undefined ? [] : [{ role: "user", ...answer }];
}

function missingResult(id: string): Draft {
  return { type: "tool_result", tool_use_id: id, content: "no result recorded", is_error: true };
}
