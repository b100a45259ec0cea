// One answer of a streamed reply: which blocks are open, and what the next delta adds to them.
import { compact } from "../../lib/compact.ts";
import { asArray, asRecord, asString } from "../../lib/json.ts";
import type { Block } from "../../ir/block.ts";
import type { Event, Head } from "../../ir/event.ts";
import type { Residue } from "../../ir/request.ts";
import { fieldsOf, type Fields } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";
import type { Origin } from "../protocol.ts";
import { decodeAnnotation } from "./citations.ts";
import { decodeTokens } from "../kit/openai-logprobs.ts";
import { extraTokens, type CarrierContext } from "./reasoning-decode.ts";
import { decodeImages } from "./reply-decode-images.ts";
import { replyCarriers } from "./reply-decode.ts";
import { decodeStop } from "./stop.ts";
import { audioGatherer } from "./stream-decode-audio.ts";
import { callTracker } from "./stream-decode-calls.ts";
import { reasoningTracker } from "./stream-decode-reasoning.ts";

/** What a chunk adds to an answer. */
export type ChoiceStep = {
  readonly events: readonly Event[];
  /** Members of the choice that are residue; their pointers name the whole message, as in a buffered reply. */
  readonly ext: readonly Residue[];
};

/** Follows one answer. */
export type ChoiceDecoder = {
  readonly push: (choice: Fields, notes: Notes) => ChoiceStep;
  readonly isFinished: () => boolean;
  /** The stream is over: says why the answer ended if the server did not. */
  readonly finish: () => readonly Event[];
};

/** Hands out block indexes and opens and closes blocks. */
export type Blocks = {
  /** Opens a block; returns its index with the event. */
  readonly open: (
    head: Head,
    ext?: readonly Residue[],
  ) => { readonly index: number; readonly event: Event };
  readonly delta: (index: number, text: string) => Event;
  readonly close: (index: number) => Event;
};

function blocksOf(candidate: number): Blocks {
  let next = 0;
  return {
    open: (head, ext) => {
      const index = next;
      next += 1;
      return { index, event: compact({ type: "open", candidate, index, head, ext }) };
    },
    delta: (index, text) => ({ type: "delta", candidate, index, text }),
    close: (index) => ({ type: "close", candidate, index }),
  };
}

/** Starts to follow the answer with this index. */
export function choiceDecoder(candidate: number, origin: Origin): ChoiceDecoder {
  const blocks = blocksOf(candidate);
  const prose = proseTracker(candidate, blocks);
  const reasoning = reasoningTracker(candidate, blocks);
  const calls = callTracker(candidate, blocks);
  const audio = audioGatherer(blocks);
  let stopped = false;
  const stop = (reason: string | undefined): readonly Event[] => {
    if (stopped) return [];
    stopped = true;
    const evidence = { calls: calls.any(), refusal: prose.refused() };
    return [...audio.finish(), { type: "stop", candidate, stop: decodeStop(reason, evidence) }];
  };
  const pushDelta = (delta: Fields, notes: Notes): readonly Event[] => {
    const carriers = replyCarriers(notes, origin);
    const thought = reasoning.push(delta, carriers);
    const text = prose.push(delta, carriers);
    const called = calls.push(delta, carriers);
    audio.push(delta, notes);
    const drawn = wholeBlocks(decodeImages(delta, notes).blocks, blocks);
    // Whatever else begins ends the thought, and a call ends the text.
    const endsThought = text.length + called.length + drawn.length > 0 ? reasoning.close() : [];
    const endsText = called.some((event) => event.type === "open") ? prose.closeText() : [];
    return [...thought, ...endsThought, ...text, ...endsText, ...drawn, ...called];
  };
  return {
    isFinished: () => stopped,
    finish: () => stop(undefined),
    push: (choice, notes) => {
      choice.skip("index", "text", "token_id");
      const delta = deltaOf(choice, notes);
      const events = delta === undefined ? [] : pushDelta(delta, notes);
      const tokens = decodeLogprobs(choice, candidate, notes);
      const reason = asString(choice.any("finish_reason"));
      const ended = reason === undefined || reason === "" ? [] : stop(reason);
      const ext = [
        ...(delta?.rest("S00") ?? []),
        ...choice.residue("content_filter_results", "S13"),
        ...choice.rest("S00"),
      ];
      return { events: [...events, ...tokens, ...ended], ext };
    },
  };
}

function wholeBlocks(list: readonly Block[], blocks: Blocks): readonly Event[] {
  return list.flatMap((block) => {
    const { index, event } = blocks.open({ kind: "whole", block });
    return [event, blocks.close(index)];
  });
}

/** The delta, under the pointer that its members have in a whole message. Some servers send the message beside it. */
function deltaOf(choice: Fields, notes: Notes): Fields | undefined {
  choice.skip("delta", "message");
  const record = asRecord(choice.record["delta"]) ?? asRecord(choice.record["message"]);
  if (record === undefined) return undefined;
  const delta = fieldsOf(record, choice.at("message"), notes);
  delta.skip("role", "channel", "token_id");
  return delta;
}

function decodeLogprobs(choice: Fields, candidate: number, notes: Notes): readonly Event[] {
  const record = asRecord(choice.any("logprobs"));
  return (["content", "refusal"] as const).flatMap((key): readonly Event[] => {
    const tokens = decodeTokens(record?.[key]) ?? [];
    if (tokens.length === 0) return [];
    notes.use("S08", choice.at("logprobs"));
    return [{ type: "logprobs", candidate, tokens, refusal: key === "refusal" }];
  });
}

type ProseTracker = {
  readonly push: (delta: Fields, context: CarrierContext) => readonly Event[];
  readonly closeText: () => readonly Event[];
  /** Whether the model declined in words. */
  readonly refused: () => boolean;
};

/** Follows text with its citations and tokens, and refusal. */
function proseTracker(candidate: number, blocks: Blocks): ProseTracker {
  const text = lazyBlock({ kind: "text" }, blocks);
  const refusal = lazyBlock({ kind: "refusal" }, blocks);
  const pushText = (delta: Fields): readonly Event[] => {
    const piece = contentText(delta);
    return piece === "" ? [] : text.with((index) => [blocks.delta(index, piece)]);
  };
  const pushRefusal = (delta: Fields, notes: Notes): readonly Event[] => {
    const piece = asString(delta.any("refusal")) ?? "";
    if (piece === "") return [];
    notes.use("S02", delta.at("refusal"));
    return refusal.with((index) => [blocks.delta(index, piece)]);
  };
  const pushCitations = (delta: Fields, notes: Notes): readonly Event[] => {
    const list = asArray(delta.any("annotations")) ?? [];
    const citations = list.flatMap((entry) => decodeAnnotation(entry, notes.document) ?? []);
    if (citations.length === 0) return [];
    notes.use("S07a", delta.at("annotations"));
    return text.with((index) =>
      citations.map((citation) => ({ type: "cite", candidate, index, citation })),
    );
  };
  const pushTokens = (delta: Fields, context: CarrierContext): readonly Event[] => {
    const { tokens } = extraTokens(delta, context);
    if (tokens.length === 0) return [];
    return text.with((index) =>
      tokens.map((opaque) => ({ type: "opaque", candidate, index, opaque })),
    );
  };
  return {
    push: (delta, context) => [
      ...pushText(delta),
      ...pushRefusal(delta, context.notes),
      ...pushCitations(delta, context.notes),
      ...pushTokens(delta, context),
    ],
    closeText: text.close,
    refused: refusal.wasOpened,
  };
}

type LazyBlock = {
  /** Events for the block, which is opened first if it is not open. */
  readonly with: (events: (index: number) => readonly Event[]) => readonly Event[];
  readonly close: () => readonly Event[];
  readonly wasOpened: () => boolean;
};

/** A block that opens with its first content: an opening is already something to show. */
function lazyBlock(head: Head, blocks: Blocks): LazyBlock {
  let open: number | undefined;
  let opened = false;
  return {
    with: (events) => {
      if (open !== undefined) return events(open);
      const { index, event } = blocks.open(head);
      open = index;
      opened = true;
      return [event, ...events(index)];
    },
    close: () => {
      if (open === undefined) return [];
      const closed = blocks.close(open);
      open = undefined;
      return [closed];
    },
    wasOpened: () => opened,
  };
}

/** Text pieces are strings; Mistral also sends lists of parts. */
function contentText(delta: Fields): string {
  const content = delta.any("content");
  if (typeof content === "string") return content;
  const parts = asArray(content) ?? [];
  return parts
    .map((part) =>
      asRecord(part)?.["type"] === "text" ? (asString(asRecord(part)?.["text"]) ?? "") : "",
    )
    .join("");
}
