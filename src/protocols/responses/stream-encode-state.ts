// What writing the items of a streamed response has in common, whatever they hold (translation.md A.2 "Inner events", D.4).
import type { Printable } from "../../lib/json.ts";
import type { Citation, Opaque } from "../../ir/block.ts";
import type { Head } from "../../ir/event.ts";
import type { TokenLogprob } from "../../ir/reply.ts";
import type { Residue } from "../../ir/request.ts";
import type { Client } from "../protocol.ts";
import { itemId } from "./item-ids.ts";
import { encodeItem, imageDraft, type PlannedItem, type Said } from "./output-plan.ts";
import { tokensOf } from "./reply-encode.ts";

/** An event without its number. */
export type Told = { readonly type: string; readonly [key: string]: Printable };

/** A block on its way. */
export type Open = {
  readonly head: Exclude<Head, { kind: "whole" }>;
  readonly ext: readonly Residue[];
  readonly text: string[];
  readonly opaque: Opaque[];
  readonly citations: Citation[];
  /** Its place on the wire; absent until there is something to say. */
  live: Live | undefined;
  /** Text that waits for the rest of its upstream frame, and the log probabilities that came with it. */
  unsent: string;
  tokens: TokenLogprob[];
  /** Whether any text of reasoning or of arguments went out. */
  sent: boolean;
  /** Id of the call on the wire, and whether its token went out. */
  callId: string;
  carried: boolean;
};

/** Place of an item, and for parts of a message their number in it. */
export type Live = { readonly id: string; readonly index: number; readonly part: number };

/** The message that is open, with the parts of it that are done. */
type Message = { readonly id: string; readonly index: number; readonly said: Said[] };

/** What the writer remembers. */
export type State = {
  readonly client: Client;
  readonly callIds: (id: string) => string;
  readonly plan: PlannedItem[];
  readonly logprobs: TokenLogprob[];
  message: Message | undefined;
  open: Open | undefined;
};

/** A place, and the events that announce it where it is new. */
export type Placed = { readonly events: readonly Told[]; readonly live: Live };

/** An item that comes in one piece. */
export function wholeEvents(item: PlannedItem, state: State): readonly Told[] {
  const { client, plan } = state;
  const index = plan.push(item) - 1;
  const done = encodeItem(item, index, client, () => []);
  const added =
    item.kind === "image" ? imageDraft(item, itemId("ig", index, client), "in_progress") : done;
  return [itemAdded(index, added), itemDone(index, done)];
}

/** Announces an item. */
export function itemAdded(index: number, item: Printable): Told {
  return { type: "response.output_item.added", output_index: index, item };
}

/** Tells an item as it is in the end. */
export function itemDone(index: number, item: Printable): Told {
  return { type: "response.output_item.done", output_index: index, item };
}

/** Completes the open message. */
export function closeMessage(state: State): readonly Told[] {
  const { message, client, plan } = state;
  if (message === undefined) return [];
  state.message = undefined;
  const item: PlannedItem = { kind: "message", said: message.said };
  plan.push(item);
  const tokens = tokensOf(plan, state.logprobs);
  return [itemDone(message.index, encodeItem(item, message.index, client, tokens))];
}

/** An item for a token that has no member where it belongs. */
export function carry(
  tokens: readonly Opaque[] | undefined,
  mark: "next" | "previous",
  state: State,
): readonly Told[] {
  const [token] = tokens ?? [];
  if (token === undefined) return [];
  return [...closeMessage(state), ...wholeEvents({ kind: "carrier", token, mark }, state)];
}
