// Reasoning of a streamed response: a summary or a raw chain, in one part (translation.md D.4).
import type { ThinkingBlock } from "../../ir/block.ts";
import type { Head } from "../../ir/event.ts";
import { encodeItem, reasoningDraft, reasoningIdOf, type PlannedItem } from "./output-plan.ts";
import {
  closeMessage,
  itemAdded,
  itemDone,
  type Live,
  type Open,
  type Placed,
  type State,
  type Told,
} from "./stream-encode-state.ts";

type Thinking = Extract<Head, { kind: "thinking" }>;

/** Lets out what has arrived; what nobody may read stays. */
export function settleThinking(open: Open, head: Thinking, state: State): readonly Told[] {
  if (head.redacted || open.unsent === "") return [];
  const { events, live } = thoughtOf(open, head, state);
  const begun = open.sent ? [] : [thoughtPart(live, head, "added", "")];
  const delta = { type: `${TEXTS[head.form]}.delta`, ...inThought(live, head), delta: open.unsent };
  open.sent = true;
  open.unsent = "";
  return [...events, ...begun, delta];
}

/** The place of reasoning, which is announced if it is not yet. */
function thoughtOf(open: Open, head: Thinking, state: State): Placed {
  if (open.live !== undefined) return { events: [], live: open.live };
  const { client, plan } = state;
  const closing = closeMessage(state);
  const index = plan.length;
  const id = reasoningIdOf(head, index, client);
  const live: Live = { id, index, part: 0 };
  open.live = live;
  const draft = reasoningDraft(id, { ...head, text: "" }, client);
  return { events: [...closing, itemAdded(index, draft)], live };
}

const TEXTS = {
  summary: "response.reasoning_summary_text",
  raw: "response.reasoning_text",
} as const;

function inThought({ id, index }: Live, { form }: Thinking) {
  const item = { item_id: id, output_index: index } as const;
  return form === "summary" ? { ...item, summary_index: 0 } : { ...item, content_index: 0 };
}

function thoughtPart(live: Live, head: Thinking, step: "added" | "done", text: string): Told {
  const [event, type] =
    head.form === "summary"
      ? ["response.reasoning_summary_part", "summary_text"]
      : ["response.content_part", "reasoning_text"];
  return { type: `${event}.${step}`, ...inThought(live, head), part: { type, text } };
}

/** Ends reasoning that has anything to show. */
export function closeThinking(open: Open, block: ThinkingBlock, state: State): readonly Told[] {
  const { text, form, redacted } = block;
  const head: Thinking = { kind: "thinking", form, redacted };
  const { events, live } = thoughtOf(open, head, state);
  const rest = settleThinking(open, head, state);
  const item: PlannedItem = { kind: "reasoning", block };
  state.plan.push(item);
  const spoken: readonly Told[] = open.sent
    ? [
        { type: `${TEXTS[form]}.done`, ...inThought(live, head), text },
        thoughtPart(live, head, "done", text),
      ]
    : [];
  const done = itemDone(
    live.index,
    encodeItem(item, live.index, state.client, () => []),
  );
  return [...events, ...rest, ...spoken, done];
}
