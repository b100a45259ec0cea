// One answer of a streamed reply: the deltas that each event of its blocks becomes.
import type { Citation, Opaque, ThinkingBlock } from "../../ir/block.ts";
import type { Event, Head } from "../../ir/event.ts";
import type { Stop } from "../../ir/reply.ts";
import type { Residue } from "../../ir/request.ts";
import { unreachable } from "../../lib/result.ts";
import { graft, spells, type Draft } from "../kit/residue.ts";
import type { Client } from "../protocol.ts";
import { encodeAnnotations } from "./citations.ts";
import { codePoints } from "../kit/code-points.ts";
import { DIALECT } from "./dialect.ts";
import { encodeDetails } from "./reasoning-encode.ts";
import {
  encodeAudioBlock,
  encodeTokenCarrier,
  refusalOf,
  spellsReasoning,
} from "./reply-encode.ts";

type ContentEvent = Extract<Event, { type: "open" | "delta" | "opaque" | "cite" | "close" }>;

/** Encodes one answer. */
export type ChoiceEncoder = {
  readonly push: (event: ContentEvent) => readonly Draft[];
  /** Deltas that are due before the finish reason. */
  readonly finish: (stop: Stop) => readonly Draft[];
  /** Takes residues of the answer, to be returned by `residues`. */
  readonly keep: (residues: readonly Residue[]) => void;
  readonly residues: () => readonly Residue[];
};

type Open = {
  readonly head: Head;
  readonly ext: readonly Residue[];
  /** Index among the calls, for a call. */
  readonly call: number;
  /** Text so far: length in code points, and the text itself where it is needed again. */
  length: number;
  text: string;
  readonly opaque: Opaque[];
  readonly citations: Citation[];
  sent: boolean;
};

type State = {
  readonly client: Client;
  readonly blocks: Map<number, Open>;
  readonly ext: Residue[];
  /** Closed reasoning without a token: its entries are due as soon as another block has one (B.7). */
  plainThoughts: ThinkingBlock[];
  hasTokens: boolean;
  thoughts: number;
  calls: number;
};

/** Starts to encode an answer. */
export function choiceEncoder(client: Client): ChoiceEncoder {
  const state: State = {
    client,
    blocks: new Map(),
    ext: [],
    plainThoughts: [],
    hasTokens: false,
    thoughts: 0,
    calls: 0,
  };
  return {
    push: (event) => pushEvent(event, state),
    finish: (stop) => finish(stop, state),
    // Reasoning has gone out piece by piece.
    keep: (residues) => void state.ext.push(...residues.filter((each) => !spellsReasoning(each))),
    residues: () => state.ext,
  };
}

function pushEvent(event: ContentEvent, state: State): readonly Draft[] {
  if (event.type === "open") return open(event, state);
  const block = state.blocks.get(event.index);
  if (block === undefined) return [];
  switch (event.type) {
    case "delta":
      return delta(event.text, block, state);
    case "opaque":
      block.opaque.push(event.opaque);
      return [];
    case "cite":
      block.citations.push(event.citation);
      return [];
    case "close":
      return close(block, state);
  }
  return unreachable(event);
}

function open(event: Extract<Event, { type: "open" }>, state: State): readonly Draft[] {
  const { head, ext = [] } = event;
  const isCall = head.kind === "toolCall";
  const call = isCall ? state.calls : -1;
  if (isCall) state.calls += 1;
  const block: Open = {
    head,
    ext,
    call,
    length: 0,
    text: "",
    opaque: [],
    citations: [],
    sent: false,
  };
  state.blocks.set(event.index, block);
  switch (head.kind) {
    case "toolCall":
      return openCall(head, block, state);
    case "whole":
      return wholeBlock(head);
    case "text":
    case "refusal":
    case "thinking":
      return [];
  }
  return unreachable(head);
}

const CALL_GRAFT = { dialect: DIALECT, depth: 5 } as const;

function openCall(
  head: Extract<Head, { kind: "toolCall" }>,
  block: Open,
  state: State,
): readonly Draft[] {
  const { id, name } = head;
  if (state.client.legacyCalls === true) {
    return block.call === 0 ? [{ function_call: { name, arguments: "" } }] : [];
  }
  const form =
    head.call === "custom"
      ? { type: "custom", custom: { name, input: "" } }
      : { type: "function", function: { name, arguments: "" } };
  const call = graft({ index: block.call, id, ...form }, block.ext, CALL_GRAFT);
  return [{ tool_calls: [call] }];
}

/** Speech is the only whole block that has a member here. */
function wholeBlock(head: Extract<Head, { kind: "whole" }>): readonly Draft[] {
  const audio = head.block.kind === "audio" ? encodeAudioBlock(head.block) : undefined;
  return audio === undefined ? [] : [{ audio }];
}

function delta(text: string, block: Open, state: State): readonly Draft[] {
  block.sent ||= text.trim() !== "";
  block.length += codePoints(text);
  switch (block.head.kind) {
    case "text":
      return [{ content: text }];
    case "refusal":
      block.text += text;
      return [{ refusal: text }];
    case "thinking":
      block.text += text;
      return [{ reasoning_content: text }];
    case "toolCall":
      return argumentsDelta(text, block, state);
    case "whole":
      return [];
  }
  return unreachable(block.head);
}

function argumentsDelta(text: string, block: Open, state: State): readonly Draft[] {
  if (state.client.legacyCalls === true) {
    return block.call === 0 ? [{ function_call: { arguments: text } }] : [];
  }
  const isCustom = block.head.kind === "toolCall" && block.head.call === "custom";
  const form = isCustom ? { custom: { input: text } } : { function: { arguments: text } };
  return [{ tool_calls: [{ index: block.call, ...form }] }];
}

function close(block: Open, state: State): readonly Draft[] {
  switch (block.head.kind) {
    case "toolCall":
      return closeCall(block, block.head.call === "custom", state);
    case "thinking":
      return closeThought(block, block.head, state);
    case "text":
    case "refusal":
    case "whole":
      return [];
  }
  return unreachable(block.head);
}

function closeCall(block: Open, isCustom: boolean, state: State): readonly Draft[] {
  const empty = block.sent || isCustom ? [] : argumentsDelta("{}", block, state);
  const extra = encodeTokenCarrier(block.opaque, block.ext, state.client);
  if (extra === undefined || state.client.legacyCalls === true) return empty;
  // Clients that validate want the member of the call in every piece of it.
  const piece = isCustom ? { custom: { input: "" } } : { function: { arguments: "" } };
  return [...empty, { tool_calls: [{ index: block.call, ...piece, extra_content: extra }] }];
}

/** All entries of a block travel in one delta, because accumulators overwrite members that they do not know. */
function closeThought(
  block: Open,
  head: Extract<Head, { kind: "thinking" }>,
  state: State,
): readonly Draft[] {
  const { form, redacted } = head;
  const thought: ThinkingBlock = {
    kind: "thinking",
    text: block.text,
    form,
    redacted,
    opaque: block.opaque,
  };
  state.hasTokens ||= block.opaque.length > 0;
  state.plainThoughts.push(thought);
  if (!state.hasTokens) return [];
  const due = state.plainThoughts;
  state.plainThoughts = [];
  const entries = due.flatMap((ready) => {
    const index = state.thoughts;
    state.thoughts += 1;
    return encodeDetails(ready, index, state.client.seal);
  });
  return entries.length === 0 ? [] : [{ reasoning_details: entries }];
}

const MESSAGE_PLACE = { dialect: DIALECT, depth: 3 } as const;

function finish(stop: Stop, state: State): readonly Draft[] {
  const blocks = [...state.blocks.values()];
  const texts = blocks.filter(({ head }) => head.kind === "text");
  const annotations = encodeAnnotations(texts);
  const said = blocks.some(({ head }) => head.kind === "refusal");
  const refusal = said ? null : refusalOf({ blocks: [], stop });
  const token = texts.find(({ opaque }) => opaque.length > 0)?.opaque;
  const isSpelt = spells(state.ext, MESSAGE_PLACE, "extra_content");
  const extra = isSpelt ? undefined : encodeTokenCarrier(token, [], state.client);
  return [
    ...(refusal === null ? [] : [{ refusal }]),
    ...(annotations.length === 0 ? [] : [{ annotations }]),
    ...(extra === undefined ? [] : [{ extra_content: extra }]),
  ];
}
