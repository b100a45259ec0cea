// Turns to `systemInstruction` and `contents`: neighbours of one role are one content, a user speaks first, and the results of
// one model turn have a content of their own (translation.md B.1, B.4).
import type { Block } from "../../ir/block.ts";
import type { Turn } from "../../ir/request.ts";
import { judgeForeignProofs } from "../kit/foreign-proofs.ts";
import { graft, type Draft } from "../kit/residue.ts";
import { assistantRun, groupResults } from "../kit/result-groups.ts";
import {
  mergeNeighbours,
  only,
  SPOKEN,
  startedByUser,
  TEXTS,
  wrappedInstruction,
} from "../kit/turns.ts";
import { DIALECT } from "./dialect.ts";
import type { EncodeContext } from "./request-encode-context.ts";
import { encodeParts } from "./request-encode-parts.ts";
import { encodeResult, missingResult } from "./request-encode-results.ts";
import { SENTINEL } from "./sentinel.ts";

/** Kinds of blocks that the model may be said to have written. */
const MODELS: ReadonlySet<Block["kind"]> = new Set([...SPOKEN, "image", "audio"]);

/** What stands where nothing was said. */
const DOT: Draft = { text: "." };

/** A content that is being put together. */
type Content = {
  readonly role: string;
  readonly parts: readonly Draft[];
  readonly ext: Turn["ext"];
  /** Whether it holds results, which stand alone. */
  readonly answers?: boolean;
};

/** Both members. `extra`: instructions of the gateway's own. */
export function encodeContents(context: EncodeContext, extra: readonly string[]): Draft {
  const { request, target, verdicts, isOwn } = context;
  const top = request.turns.filter(({ place }) => place === "top");
  const parts = top.flatMap((turn) => {
    const place = { path: turn.path, context };
    return encodeParts(only(turn.blocks, TEXTS, place), place);
  });
  const system = [...parts, ...extra.map((text): Draft => ({ text }))];
  const contents = encodeTurns(context);
  if (system.length === 0) return { contents: contents.map(grafted) };
  if (isOwn || target.capabilities.topSystem !== false)
    return { contents: contents.map(grafted), systemInstruction: { parts: system } };
  // Models without a place for instructions read them in the first words of the user (E048).
  for (const { path } of top) verdicts.lose("R01", path, "D");
  const [first, ...others] = contents;
  const head: Content =
    first?.role === "user" && first.answers !== true
      ? { ...first, parts: [...system, ...first.parts] }
      : { role: "user", parts: system, ext: undefined };
  return {
    contents: [head, ...(first === undefined || head.parts === system ? contents : others)].map(
      grafted,
    ),
  };
}

function grafted({ role, parts, ext }: Content): Draft {
  return graft({ role, parts }, ext, { dialect: DIALECT, depth: 2 });
}

function encodeTurns(context: EncodeContext): readonly Content[] {
  const turns = context.request.turns.filter(({ place }) => place === "inline");
  const placed = new Set<Block>();
  const contents: Content[] = [];
  for (let at = 0; at < turns.length; at += 1) {
    const turn = turns[at];
    if (turn === undefined) break;
    if (context.isOwn) {
      contents.push(encodeOwn(turn, context));
    } else if (turn.role === "system" || turn.role === "developer") {
      contents.push(encodeInline(turn, context));
    } else if (turn.role === "user") {
      contents.push(...encodeUser(turn, placed, context));
    } else {
      const run = assistantRun(turns, at);
      at += run.length - 1;
      contents.push(...encodeAssistant(run, context));
      contents.push(...encodeResults(run, turns.slice(at + 1), placed, context));
    }
  }
  const merged = context.isOwn ? contents : mergeNeighbours(contents, joined);
  return startedByUser(merged, { role: "user", parts: [DOT], ext: undefined }, context);
}

/** A content of a client of this dialect stays as it is. */
function encodeOwn({ role, blocks, path, ext }: Turn, context: EncodeContext): Content {
  const place = { path, context };
  const parts = blocks.flatMap((block) =>
    block.kind === "toolResult"
      ? encodeResult(block, block.id, block.name ?? "", place).parts
      : encodeParts([block], place),
  );
  return { role: role === "assistant" ? "model" : "user", parts, ext };
}

function encodeUser(
  turn: Turn,
  placed: ReadonlySet<Block>,
  context: EncodeContext,
): readonly Content[] {
  const rest = turn.blocks.filter((block) => !placed.has(block));
  if (rest.length === 0 && turn.blocks.length > 0) return [];
  const parts = encodeParts(rest, { path: turn.path, context });
  // One of the vendor's servers refuses empty text.
  if (rest.every(isSilent)) context.verdicts.emulate("R01", turn.path);
  return [{ role: "user", parts: parts.length === 0 ? [DOT] : parts, ext: turn.ext }];
}

/** An instruction among the turns keeps its place as words of the user (R03). */
function encodeInline(turn: Turn, context: EncodeContext): Content {
  context.verdicts.lose("R03", turn.path, "D");
  const { text, others } = wrappedInstruction(turn.blocks);
  const parts = [{ text }, ...encodeParts(others, { path: turn.path, context })];
  return { role: "user", parts, ext: undefined };
}

/** Whether a block says nothing. */
function isSilent(block: Block): boolean {
  return block.kind === "text" && block.text === "";
}

function encodeAssistant(run: readonly Turn[], context: EncodeContext): readonly Content[] {
  const parts = run.flatMap((turn) => {
    const place = { path: turn.path, context };
    const written = encodeParts(only(turn.blocks, MODELS, place), place);
    judgeForeignProofs(turn, context);
    return written;
  });
  const ext = run.flatMap((turn) => turn.ext ?? []);
  if (parts.length === 0) {
    // A turn that says nothing is left out.
    for (const { path, blocks } of run)
      if (blocks.every(isSilent)) context.verdicts.emulate("R01", path);
    return [];
  }
  return [{ role: "model", parts: withSentinel(parts, context), ext }];
}

/** Some models refuse a turn with calls and no signature: the first call then says that there is none (E180). */
function withSentinel(parts: readonly Draft[], { target }: EncodeContext): readonly Draft[] {
  const at = parts.findIndex((part) => part["functionCall"] !== undefined);
  const first = parts[at];
  const signed = parts.some(
    (part) => part["functionCall"] !== undefined && part["thoughtSignature"] !== undefined,
  );
  if (first === undefined || signed || target.capabilities.needsSignatures !== true) return parts;
  return parts.with(at, { ...first, thoughtSignature: SENTINEL });
}

function encodeResults(
  run: readonly Turn[],
  following: readonly Turn[],
  placed: Set<Block>,
  context: EncodeContext,
): readonly Content[] {
  const { ids, names } = context;
  const mayWait = following.length === 0 && context.target.capabilities.prefill !== false;
  const group = mayWait ? undefined : groupResults(run, following, placed, ids);
  if (group === undefined) return [];
  if (group.missing.length > 0) context.verdicts.lose("R40", run[0]?.path ?? "", "D");
  const calls = run.flatMap((turn) => turn.blocks.filter((block) => block.kind === "toolCall"));
  const attached: Draft[] = [];
  // As many as there were calls, and in their order (E143).
  const parts = calls.flatMap((call): readonly Draft[] => {
    const id = ids.call(call);
    const name = names.wire(call.name);
    const answer = group.answers.find((each) => each.id === id);
    if (answer === undefined) return [missingResult(id, name, context)];
    const place = { path: answer.turn.path, context };
    const result = encodeResult(answer.block, id, name, place);
    attached.push(...result.attached);
    return result.parts;
  });
  const rest = group.rest.map(({ turn, blocks }): Content => ({
    role: "user",
    parts: encodeParts(blocks, { path: turn.path, context }),
    ext: turn.ext,
  }));
  const after: Content = { role: "user", parts: attached, ext: undefined };
  const results: Content = { role: "user", parts, ext: undefined, answers: true };
  return [results, after, ...rest].filter((content) => content.parts.length > 0);
}

/** Neighbours of one role are one content, lists of parts joined, words never (R05). */
function joined(first: Content, second: Content): Content | undefined {
  if (first.answers === true || second.answers === true) return undefined;
  const ext = [...(first.ext ?? []), ...(second.ext ?? [])];
  return { ...first, parts: [...first.parts, ...second.parts], ext };
}
