// Neutral events to a Converse stream (translation.md D.6). The events have passed `conform` in serial mode: one block after
// another, usage before the stop, the stop before the end.
import { utf8 } from "../../lib/bytes.ts";
import { printJson, type Printable } from "../../lib/json.ts";
import { unreachable } from "../../lib/result.ts";
import type { Opaque } from "../../ir/block.ts";
import type { Event, Head } from "../../ir/event.ts";
import type { Usage } from "../../ir/reply.ts";
import type { Residue, Tier } from "../../ir/request.ts";
import type { Frame, HeaderValue } from "../../wire/frame.ts";
import { legalId } from "../kit/call-ids.ts";
import { objectPieces, type ObjectPieces } from "../kit/object-pieces.ts";
import { graft, ownResidues, spells, type Draft } from "../kit/residue.ts";
import type { Client, StreamEncoder } from "../protocol.ts";
import { encodeCitation } from "./citations.ts";
import { DIALECT } from "./dialect.ts";
import { bestToken, carried, carriedBytes, encodeBlock, ID_RULE } from "./reply-encode-blocks.ts";
import { encodeTier } from "./reply-encode.ts";
import { encodeStop } from "./stop.ts";
import { tap } from "./tap.ts";
import { encodeUsage } from "./usage.ts";

/** A block that is open at the client, or about to be. */
type Open = {
  readonly head: Exclude<Head, { kind: "whole" }>;
  readonly opaque: Opaque[];
  readonly args: ObjectPieces;
  /** Index at the client; blocks that hold nothing are never begun. */
  index: number | undefined;
};

type State = {
  readonly client: Client;
  blocks: number;
  stopped: boolean;
  open: Open | undefined;
  usage: Usage | undefined;
  tier: Tier | undefined;
  ext: readonly Residue[];
};

/** Starts to encode one reply. */
export function encoder(client: Client): StreamEncoder {
  const state: State = {
    client,
    blocks: 0,
    stopped: false,
    open: undefined,
    usage: undefined,
    tier: undefined,
    ext: [],
  };
  return { push: (event) => encodeEvent(event, state) };
}

function message(type: string, payload: Printable): Frame {
  const text = (value: string): HeaderValue => ({ type: "string", value });
  return {
    kind: "message",
    headers: new Map([
      [":event-type", text(type)],
      [":content-type", text("application/json")],
      [":message-type", text("event")],
    ]),
    payload: utf8(printJson(payload)),
  };
}

function encodeEvent(event: Event, state: State): readonly Frame[] {
  switch (event.type) {
    case "start":
      state.tier = event.tier;
      return [message("messageStart", { role: "assistant" })];
    case "open":
      return event.candidate === 0 ? open(event, state) : [];
    case "delta":
    case "opaque":
    case "cite":
    case "close":
      return event.candidate === 0 ? encodeContent(event, state) : [];
    case "usage":
      state.usage = event.usage;
      return [];
    case "meta":
      state.tier = event.tier ?? state.tier;
      state.ext = [...state.ext, ...ownResidues(event.ext, DIALECT)];
      return [];
    case "stop":
      return event.candidate === 0 ? [messageStop(event, state)] : [];
    case "end":
      return [...lateStop(state), message("metadata", metadataOf(state))];
    case "error":
      return tap.errorFrames(event.failure, "eventstream");
    case "logprobs":
    case "use":
    case "ping":
      // The framing has nothing that says nothing.
      return [];
  }
  return unreachable(event);
}

/** A reply whose first answer never stopped must stop all the same. */
function lateStop(state: State): readonly Frame[] {
  if (state.stopped) return [];
  return [messageStop({ type: "stop", candidate: 0, stop: { class: "unknown" } }, state)];
}

/** What the family adds to its replies stands beside the reason, everything else with the counts. */
function messageStop({ stop }: Extract<Event, { type: "stop" }>, state: State): Frame {
  state.stopped = true;
  const added = state.ext.filter(({ path }) => path.startsWith("/additionalModelResponseFields"));
  state.ext = state.ext.filter((residue) => !added.includes(residue));
  const draft = graft({ stopReason: encodeStop(stop) }, added, { dialect: DIALECT, depth: 0 });
  return message("messageStop", draft);
}

function metadataOf({ usage, tier, ext }: State): Printable {
  const place = { dialect: DIALECT, depth: 0 } as const;
  const draft: Draft = {
    usage: encodeUsage(usage),
    metrics: spells(ext, place, "metrics") ? undefined : { latencyMs: 0 },
    serviceTier: encodeTier(tier),
  };
  return graft(draft, ext, place);
}

function open(event: Extract<Event, { type: "open" }>, state: State): readonly Frame[] {
  const { head } = event;
  if (head.kind === "whole") return wholeBlock(head, state);
  const args = objectPieces(head.kind === "toolCall" && head.call === "custom");
  state.open = { head, opaque: [], args, index: undefined };
  if (head.kind !== "toolCall") return [];
  const index = state.blocks++;
  state.open.index = index;
  const toolUse = { toolUseId: legalId(head.id, ID_RULE), name: head.name };
  return [message("contentBlockStart", { contentBlockIndex: index, start: { toolUse } })];
}

/** Of blocks that arrive whole the stream can only show words and pictures. */
function wholeBlock({ block }: Extract<Head, { kind: "whole" }>, state: State): readonly Frame[] {
  return encodeBlock(block, state.client).flatMap((content) => {
    const { text, image }: Draft = content as Draft;
    if (text === undefined && image === undefined) return [];
    const index = state.blocks++;
    const pieces = text === undefined ? imagePieces(image, index) : [deltaOf(index, { text })];
    return [...pieces, message("contentBlockStop", { contentBlockIndex: index })];
  });
}

function deltaOf(index: number, delta: Draft): Frame {
  return message("contentBlockDelta", { contentBlockIndex: index, delta });
}

/** The format stands in the start, the bytes in a delta. */
function imagePieces(image: Printable, index: number): readonly Frame[] {
  const { format, source } = image as Draft;
  const start = { contentBlockIndex: index, start: { image: { format } } };
  return [message("contentBlockStart", start), deltaOf(index, { image: { source } })];
}

function encodeContent(
  event: Extract<Event, { type: "delta" | "opaque" | "cite" | "close" }>,
  state: State,
): readonly Frame[] {
  const current = state.open;
  if (current === undefined) return [];
  switch (event.type) {
    case "delta":
      return writeText(current, event.text, state);
    case "opaque":
      current.opaque.push(event.opaque);
      return [];
    case "cite":
      // Only text has a place for it.
      return current.head.kind === "text"
        ? piece(current, { citation: encodeCitation(event.citation) }, state)
        : [];
    case "close":
      state.open = undefined;
      return closeBlock(current, state);
  }
}

function piece(current: Open, delta: Draft, state: State): readonly Frame[] {
  current.index ??= state.blocks++;
  return [deltaOf(current.index, delta)];
}

function writeText(current: Open, text: string, state: State): readonly Frame[] {
  switch (current.head.kind) {
    case "text":
    case "refusal":
      return piece(current, { text }, state);
    case "thinking":
      return current.head.redacted ? [] : piece(current, { reasoningContent: { text } }, state);
    case "toolCall":
      return argumentPieces(current, current.args.push(text), state);
  }
}

function argumentPieces(current: Open, input: string, state: State): readonly Frame[] {
  return input === "" ? [] : piece(current, { toolUse: { input } }, state);
}

function closeBlock(current: Open, state: State): readonly Frame[] {
  const last = lastPieces(current, state);
  if (current.index === undefined) return [];
  return [...last, message("contentBlockStop", { contentBlockIndex: current.index })];
}

function lastPieces(current: Open, state: State): readonly Frame[] {
  const { head } = current;
  if (head.kind === "toolCall") return argumentPieces(current, current.args.end(), state);
  if (head.kind !== "thinking") return [];
  const token = bestToken(current.opaque);
  if (head.redacted) {
    const redactedContent = token === undefined ? undefined : carriedBytes(token, state.client);
    if (redactedContent === undefined) return [];
    return piece(current, { reasoningContent: { redactedContent } }, state);
  }
  const data = token === undefined ? undefined : carried(token, state.client);
  if (data === undefined && current.index === undefined)
    return piece(current, { reasoningContent: { text: "" } }, state);
  return data === undefined ? [] : piece(current, { reasoningContent: { signature: data } }, state);
}
