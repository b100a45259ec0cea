// Turns to `system` and `messages`: the results of one assistant turn stand together, first in the next user message
// (translation.md B.1, B.4).
import type { Printable } from "../../lib/json.ts";
import type { Block } from "../../ir/block.ts";
import type { Turn } from "../../ir/request.ts";
import { isProven } from "../kit/claude-reasoning.ts";
import { assistantRun, groupResults } from "../kit/result-groups.ts";
import { judgeForeignProofs } from "../kit/foreign-proofs.ts";
import { graft, type Draft } from "../kit/residue.ts";
import { DIALECT } from "./dialect.ts";
import type { EncodeContext } from "./request-encode-context.ts";
import { cacheControl } from "./request-encode-cache.ts";
import { featureOf } from "../kit/block-feature.ts";
import { encodeParts, encodeResult, type Place } from "./request-encode-parts.ts";

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

/** Kinds of blocks that instructions consist of. */
const TEXTS: ReadonlySet<Block["kind"]> = new Set(["text", "refusal", "json", "vendor"]);
/** Kinds of blocks that the model may be said to have written. */
const SPOKEN: ReadonlySet<Block["kind"]> = new Set([...TEXTS, "thinking", "toolCall"]);

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
  return framed(messages, context).map(({ role, content, ext }) =>
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
  const texts = turn.blocks.filter((block) => block.kind === "text");
  const words = texts.map(({ text }) => text).join("\n");
  const wrapped: Draft = {
    type: "text",
    text: `<system_instruction>\n${words}\n</system_instruction>`,
    cache_control: cacheControl(
      texts.map((block) => context.breakpoints.get(block)).findLast((point) => point !== undefined),
    ),
  };
  const others = turn.blocks.filter((block) => block.kind !== "text");
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
  const signed = run.some(({ blocks }) => blocks.some((block) => isProven(block, context)));
  const content = run.flatMap((turn) => {
    const place = { path: turn.path, context, signed };
    const blocks = only(turn.blocks, SPOKEN, place);
    const parts = encodeParts(isLast ? withoutTrailingSpace(blocks) : blocks, place);
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
  // The last turn may wait for its results, unless another turn would be put after it.
  const mayWait = following.length === 0 && context.target.capabilities.prefill !== false;
  const group = mayWait ? undefined : groupResults(run, following, placed, context.ids);
  if (group === undefined) return [];
  const { answers, missing, rest } = group;
  const results = answers.map(({ turn, block, id }) =>
    encodeResult(block, id, { path: turn.path, context }),
  );
  const lacking = missing.map((id): Draft => missingResult(id, run, context));
  // What else stood in the turns that brought results follows them in the same message.
  const others = rest.flatMap(({ turn, blocks }) =>
    encodeParts(blocks, { path: turn.path, context }),
  );
  const ext = rest.flatMap(({ turn }) => turn.ext ?? []);
  return [{ role: "user", content: [...results, ...lacking, ...others], ext }];
}

/** A call without an answer makes the whole request invalid (E131). */
function missingResult(id: string, run: readonly Turn[], context: EncodeContext): Draft {
  context.verdicts.lose("R40", run[0]?.path ?? "", "D");
  return { type: "tool_result", tool_use_id: id, content: "no result recorded", is_error: true };
}

/** The conversation must begin with the user, and for models that continue no prefill it must end with one. */
function framed(messages: readonly Message[], context: EncodeContext): readonly Message[] {
  if (context.isOwn && messages.length > 0) return messages;
  const dot: Message = { role: "user", content: orDot([]), ext: undefined };
  const started = messages[0]?.role === "user" ? messages : [dot, ...messages];
  const isPrefill = started.at(-1)?.role === "assistant";
  if (!isPrefill || context.target.capabilities.prefill !== false) return started;
  context.verdicts.lose("R41", context.request.turns.at(-1)?.path ?? "", "X");
  return [...started, dot];
}
