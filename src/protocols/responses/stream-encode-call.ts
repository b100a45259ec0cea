// Calls of a streamed response: arguments as JSON text, or free text (translation.md D.4).
import type { ToolCallBlock } from "../../ir/block.ts";
import type { Head } from "../../ir/event.ts";
import { itemId } from "./item-ids.ts";
import {
  callDraft,
  encodeItem,
  nativeItem,
  prefixOf,
  wholeArguments,
  type PlannedItem,
} from "./output-plan.ts";
import {
  carry,
  closeMessage,
  itemAdded,
  itemDone,
  type Live,
  type Open,
  type Placed,
  type State,
  type Told,
} from "./stream-encode-state.ts";

type CallHead = Extract<Head, { kind: "toolCall" }>;

/** Arguments that say nothing so far wait, since nothing at all becomes an empty object in the end. */
export function settleCall(open: Open, head: CallHead, state: State): readonly Told[] {
  const { events, live } = callOf(open, head, state);
  const isBlank = head.call === "function" && !open.sent && open.unsent.trim() === "";
  if (open.unsent === "" || isBlank) return events;
  const delta = open.unsent;
  open.unsent = "";
  open.sent = true;
  return [...events, { type: `${ARGUMENTS[head.call]}.delta`, ...inItem(live), delta }];
}

const ARGUMENTS = {
  function: "response.function_call_arguments",
  custom: "response.custom_tool_call_input",
} as const;

function inItem({ id, index }: Live) {
  return { item_id: id, output_index: index } as const;
}

/** Whether the arguments must be whole before anything can be said: the client has a form of its own for the call. */
export function isHeldCall(head: CallHead, { client }: State): boolean {
  return head.call === "function" && client.clientTools?.has(head.name) === true;
}

/** The place of a call, which is announced if it is not yet, after its token. `argsText`: where they are known by then. */
function callOf(open: Open, head: CallHead, state: State, argsText = ""): Placed {
  if (open.live !== undefined) return { events: [], live: open.live };
  const events = [...closeMessage(state), ...carry(open.opaque, "next", state)];
  open.carried = open.opaque.length > 0;
  const { client, plan } = state;
  const index = plan.length;
  const announced = { ...head, argsText };
  const id = itemId(prefixOf(announced, client), index, client);
  open.live = { id, index, part: 0 };
  open.callId = state.callIds(head.id);
  const block: ToolCallBlock = { ...announced, ext: open.ext };
  const draft = callDraft({ kind: "call", block, id: open.callId }, id, "in_progress", client);
  return { events: [...events, itemAdded(index, draft)], live: open.live };
}

/** Ends a call. */
export function closeCall(open: Open, block: ToolCallBlock, state: State): readonly Told[] {
  if (nativeItem(block, state.client) !== undefined) return closeNative(open, block, state);
  const rest = settleCall(open, block, state);
  const { live, callId } = open;
  if (live === undefined) return rest;
  const item: PlannedItem = { kind: "call", block, id: callId };
  state.plan.push(item);
  const place = inItem(live);
  const whole = block.call === "custom" ? block.argsText : wholeArguments(block.argsText);
  const isBlank = block.call === "function" && block.argsText.trim() === "";
  const kind = ARGUMENTS[block.call];
  const filler: readonly Told[] = isBlank
    ? [{ type: `${kind}.delta`, ...place, delta: whole }]
    : [];
  const name = state.client.groups?.get(block.name)?.name ?? block.name;
  const said = block.call === "custom" ? { input: whole } : { name, arguments: whole };
  const done: Told = { type: `${kind}.done`, ...place, ...said };
  const encoded = encodeItem(item, live.index, state.client, () => []);
  // A token that came late can only follow.
  const late = open.carried ? [] : carry(open.opaque, "previous", state);
  return [...rest, ...filler, done, itemDone(live.index, encoded), ...late];
}

/** A call in the client's own form is told at once. */
function closeNative(open: Open, block: ToolCallBlock, state: State): readonly Told[] {
  const { events, live } = callOf(open, block, state, block.argsText);
  const item: PlannedItem = { kind: "call", block, id: open.callId };
  state.plan.push(item);
  return [
    ...events,
    itemDone(
      live.index,
      encodeItem(item, live.index, state.client, () => []),
    ),
  ];
}
