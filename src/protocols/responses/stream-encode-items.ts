// Items of a streamed response: announced, written piece by piece, and done, one after another (translation.md A.2 "Inner
// events", D.4). What is planned here is the same as for a buffered reply, so the last event repeats it.
import { unreachable } from "../../lib/result.ts";
import type { Block } from "../../ir/block.ts";
import type { Event } from "../../ir/event.ts";
import { blockOf } from "../../ir/fold.ts";
import type { TokenLogprob } from "../../ir/reply.ts";
import type { Residue } from "../../ir/request.ts";
import { uniqueIds } from "../kit/call-ids.ts";
import { encodeTokens } from "../kit/openai-logprobs.ts";
import type { Client } from "../protocol.ts";
import { itemId } from "./item-ids.ts";
import {
  asSaid,
  encodeAnnotations,
  encodePart,
  isShown,
  messageDraft,
  startsMessage,
  wholeItem,
  type PlannedItem,
  type Said,
} from "./output-plan.ts";
import { ID_RULE, tokensOf } from "./reply-encode.ts";
import { closeCall, isHeldCall, settleCall } from "./stream-encode-call.ts";
import { closeThinking, settleThinking } from "./stream-encode-reasoning.ts";
import {
  carry,
  closeMessage,
  itemAdded,
  wholeEvents,
  type Live,
  type Open,
  type Placed,
  type State,
  type Told,
} from "./stream-encode-state.ts";

type ItemEvent = Extract<
  Event,
  { type: "open" | "delta" | "opaque" | "cite" | "close" | "logprobs" }
>;

/** Writes the items of one response. */
export type ItemWriter = {
  readonly push: (event: ItemEvent) => readonly Told[];
  /** Lets out what waited for the rest of its upstream frame. */
  readonly flush: () => readonly Told[];
  /** Completes the last item. */
  readonly finish: () => readonly Told[];
  /** All items so far. */
  readonly plan: () => readonly PlannedItem[];
  /** All log probabilities so far. */
  readonly logprobs: () => readonly TokenLogprob[];
};

/** Starts to write. */
export function itemWriter(client: Client): ItemWriter {
  const state: State = {
    client,
    callIds: uniqueIds(ID_RULE),
    plan: [],
    logprobs: [],
    message: undefined,
    open: undefined,
  };
  return {
    push: (event) => pushEvent(event, state),
    flush: () => (state.open === undefined ? [] : settle(state.open, state)),
    finish: () => closeMessage(state),
    plan: () => state.plan,
    logprobs: () => state.logprobs,
  };
}

function pushEvent(event: ItemEvent, state: State): readonly Told[] {
  const { open } = state;
  switch (event.type) {
    case "open":
      return openBlock(event, state);
    case "delta":
      open?.text.push(event.text);
      if (open !== undefined) open.unsent += event.text;
      return [];
    case "opaque":
      open?.opaque.push(event.opaque);
      return [];
    case "cite":
      open?.citations.push(event.citation);
      return [];
    case "logprobs":
      // Those of a refusal have no place here.
      if (event.refusal) return [];
      state.logprobs.push(...event.tokens);
      if (open?.head.kind === "text") open.tokens.push(...event.tokens);
      return [];
    case "close":
      state.open = undefined;
      return open === undefined ? [] : closeBlock(open, state);
  }
  return unreachable(event);
}

function openBlock(event: Extract<Event, { type: "open" }>, state: State): readonly Told[] {
  const { head, ext = [] } = event;
  if (head.kind === "whole") return wholeBlock(head.block, state);
  state.open = started(head, ext);
  return [];
}

function started(head: Open["head"], ext: readonly Residue[]): Open {
  return {
    head,
    ext,
    text: [],
    opaque: [],
    citations: [],
    live: undefined,
    unsent: "",
    tokens: [],
    sent: false,
    callId: "",
    carried: false,
  };
}

function wholeBlock(block: Block, state: State): readonly Told[] {
  const said = asSaid(block);
  if (said !== undefined) {
    const open = started({ kind: "text" }, []);
    open.text.push(said.text);
    open.unsent = said.text;
    return closeBlock(open, state);
  }
  const item = wholeItem(block);
  return item === undefined ? [] : [...closeMessage(state), ...wholeEvents(item, state)];
}

/** Lets out what has arrived of the open block. */
function settle(open: Open, state: State): readonly Told[] {
  const { head } = open;
  switch (head.kind) {
    case "text":
    case "refusal":
      return settleSaid(open, head.kind, state);
    case "thinking":
      return settleThinking(open, head, state);
    case "toolCall":
      return isHeldCall(head, state) ? [] : settleCall(open, head, state);
  }
  return unreachable(head);
}

function inPart({ id, index, part }: Live) {
  return { item_id: id, output_index: index, content_index: part } as const;
}

function settleSaid(open: Open, kind: Said["kind"], state: State): readonly Told[] {
  const { unsent, tokens } = open;
  if (unsent === "" && tokens.length === 0) return [];
  const { events, live } = partOf(open, kind, state);
  open.unsent = "";
  open.tokens = [];
  const type = kind === "text" ? "response.output_text.delta" : "response.refusal.delta";
  const logprobs = kind === "text" ? encodeTokens(tokens) : undefined;
  return [...events, { type, ...inPart(live), delta: unsent, logprobs }];
}

/** The place of a part, which is begun if it is not yet, and so is the message if this is its first. */
function partOf(open: Open, kind: Said["kind"], state: State): Placed {
  if (open.live !== undefined) return { events: [], live: open.live };
  const closing = startsMessage(open.ext) ? closeMessage(state) : [];
  const opening: Told[] = [];
  let { message } = state;
  if (message === undefined) {
    const index = state.plan.length;
    message = { id: itemId("msg", index, state.client), index, said: [] };
    state.message = message;
    opening.push(itemAdded(index, messageDraft(message.id, "in_progress", [], open.ext)));
  }
  const live: Live = { id: message.id, index: message.index, part: message.said.length };
  open.live = live;
  const part = encodePart({ kind, text: "" }, []);
  const added = { type: "response.content_part.added", ...inPart(live), part };
  return { events: [...closing, ...opening, added], live };
}

function closeBlock(open: Open, state: State): readonly Told[] {
  const block = blockOf(open);
  if (block.kind === "thinking") return isShown(block) ? closeThinking(open, block, state) : [];
  if (block.kind === "toolCall") return closeCall(open, block, state);
  const said = asSaid(block);
  return [
    ...(said === undefined ? [] : closeSaid(open, said, state)),
    ...carry(block.opaque, "previous", state),
  ];
}

function closeSaid(open: Open, said: Said, state: State): readonly Told[] {
  const { events, live } = partOf(open, said.kind, state);
  const place = inPart(live);
  const rest = settleSaid(open, said.kind, state);
  state.message?.said.push(said);
  const shared = tokensOf([...state.plan, openItem(state)], state.logprobs)(said);
  const part = encodePart(said, shared);
  const citations = said.kind === "text" ? (said.citations ?? []) : [];
  const annotations = encodeAnnotations(said.text, citations).map(
    (annotation, annotation_index): Told => ({
      type: "response.output_text.annotation.added",
      ...place,
      annotation_index,
      annotation,
    }),
  );
  const done: Told =
    said.kind === "text"
      ? {
          type: "response.output_text.done",
          ...place,
          text: said.text,
          logprobs: encodeTokens(shared),
        }
      : { type: "response.refusal.done", ...place, refusal: said.text };
  return [
    ...events,
    ...rest,
    ...annotations,
    done,
    { type: "response.content_part.done", ...place, part },
  ];
}

/** The open message as it would be if it were complete. */
function openItem({ message }: State): PlannedItem {
  return { kind: "message", said: message?.said ?? [] };
}
