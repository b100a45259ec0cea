// Neutral events to a Messages stream (translation.md D.5). The events have passed `conform` in serial mode: one block
// after another, usage before the stop, the stop before the end.
import { printJson, type Printable } from "../../lib/json.ts";
import { unreachable } from "../../lib/result.ts";
import type { Event, Head } from "../../ir/event.ts";
import type { Opaque } from "../../ir/block.ts";
import type { Stop, Usage } from "../../ir/reply.ts";
import type { Residue, Tier } from "../../ir/request.ts";
import type { Frame } from "../../wire/frame.ts";
import { legalId } from "../kit/call-ids.ts";
import { segments } from "../kit/pointer.ts";
import { graft, ownResidues, type Draft } from "../kit/residue.ts";
import type { Client, StreamEncoder } from "../protocol.ts";
import { encodeCitation } from "./citations.ts";
import { DIALECT } from "./dialect.ts";
import { argumentsOf } from "../kit/arguments.ts";
import { bestToken, carried, encodeBlock, ID_RULE } from "./reply-encode-blocks.ts";
import { encodeId, encodeTier, stopMembers } from "./reply-encode.ts";
import { errorFrame } from "./tap.ts";
import { encodeUsage } from "./usage.ts";

/** The block that is open on the wire. */
type Open = {
  readonly head: Head;
  readonly ext: readonly Residue[] | undefined;
  /** Its number on the wire; `undefined` while its start waits. */
  index: number | undefined;
  readonly opaque: Opaque[];
  /** Arguments that are no object so far, and so must be wrapped once they are complete. */
  held: string;
  wrote: boolean;
};

type State = {
  readonly client: Client;
  start: Extract<Event, { type: "start" }> | undefined;
  started: boolean;
  failed: boolean;
  blocks: number;
  open: Open | undefined;
  usage: Usage;
  tier: Tier | undefined;
  stop: Stop;
  residues: readonly Residue[];
};

/** Starts to encode one reply. */
export function encoder(client: Client): StreamEncoder {
  const state: State = {
    client,
    start: undefined,
    started: false,
    failed: false,
    blocks: 0,
    open: undefined,
    usage: {},
    tier: undefined,
    stop: { class: "unknown" },
    residues: [],
  };
  return {
    push: (event) => encodeEvent(event, state),
    flush: () => (state.start === undefined || state.failed ? [] : begin(state)),
  };
}

function encodeEvent(event: Event, state: State): readonly Frame[] {
  // This dialect has one answer; others' further candidates are reported as lost (S23).
  if ("candidate" in event && event.candidate !== undefined && event.candidate > 0) return [];
  switch (event.type) {
    case "start":
      state.start = event;
      state.tier = event.tier;
      return [];
    case "usage":
      state.usage = event.usage;
      return [];
    case "meta":
      state.tier = event.tier ?? state.tier;
      state.residues = [...state.residues, ...ownResidues(event.ext, DIALECT)];
      return [];
    case "open":
      return [...begin(state), ...openBlock(event, state)];
    case "delta":
    case "opaque":
    case "cite":
    case "close":
      return encodeContent(event, state);
    case "stop":
      state.stop = event.stop;
      return begin(state);
    case "end":
      return finish(state);
    case "ping":
      return state.started ? [frame("ping", {})] : [];
    case "error":
      state.failed = true;
      return [errorFrame(event.failure)];
    case "logprobs":
    case "use":
      return [];
  }
  return unreachable(event);
}

function frame(type: string, rest: Draft): Frame {
  return { kind: "sse", event: type, data: printJson({ type, ...rest }) };
}

/** The start waits for what else its upstream frame holds, since usage of the prompt may be there (D.7). */
function begin(state: State): readonly Frame[] {
  if (state.started) return [];
  state.started = true;
  const { client, start } = state;
  const message: Draft = {
    id: encodeId(start?.id, client),
    type: "message",
    role: "assistant",
    model: start?.model ?? client.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: usageOf(state),
  };
  return [frame("message_start", { message }), frame("ping", {})];
}

function usageOf(state: State): Printable {
  const draft = { ...encodeUsage(state.usage), service_tier: encodeTier(state.tier) };
  const own = state.residues.filter((residue) => segments(residue.path)[0] === "usage");
  return graft(draft, own, { dialect: DIALECT, depth: 1 });
}

function openBlock(event: Extract<Event, { type: "open" }>, state: State): readonly Frame[] {
  const { head } = event;
  const open: Open = {
    head,
    ext: event.ext,
    index: undefined,
    opaque: [],
    held: "",
    wrote: false,
  };
  state.open = open;
  switch (head.kind) {
    case "text":
    case "refusal":
      // An empty text block would be rejected when the client sends it back (E040): wait for its first piece.
      return [];
    case "thinking":
      // The data of a redacted block stands in its start, so that waits for the token.
      return head.redacted
        ? []
        : startBlock(open, { type: "thinking", thinking: "", signature: "" }, state);
    case "toolCall": {
      const content = {
        type: "tool_use",
        id: legalId(head.id, ID_RULE),
        name: head.name,
        input: {},
      };
      const started = startBlock(open, content, state);
      return head.call === "custom" ? [...started, ...argumentsPiece(open, '{"input":"')] : started;
    }
    case "whole":
      return encodeBlock(head.block, state.client).flatMap((content) => {
        const index = state.blocks++;
        return [
          frame("content_block_start", { index, content_block: content }),
          frame("content_block_stop", { index }),
        ];
      });
  }
}

function startBlock(open: Open, content: Draft, state: State): readonly Frame[] {
  open.index = state.blocks++;
  const grafted = graft(content, open.ext, { dialect: DIALECT, depth: 2 });
  return [frame("content_block_start", { index: open.index, content_block: grafted })];
}

function encodeContent(
  event: Extract<Event, { type: "delta" | "opaque" | "cite" | "close" }>,
  state: State,
): readonly Frame[] {
  const { open } = state;
  if (open === undefined) return [];
  switch (event.type) {
    case "delta":
      return [...startText(open, state), ...writeText(open, event.text)];
    case "opaque":
      open.opaque.push(event.opaque);
      return [];
    case "cite": {
      // Only text has citations here.
      const citation = isText(open) ? encodeCitation(event.citation) : undefined;
      if (citation === undefined) return [];
      return [...startText(open, state), ...piece(open, { type: "citations_delta", citation })];
    }
    case "close":
      state.open = undefined;
      return closeBlock(open, state);
  }
}

function isText({ head }: Open): boolean {
  return head.kind === "text" || head.kind === "refusal";
}

function startText(open: Open, state: State): readonly Frame[] {
  return isText(open) && open.index === undefined
    ? startBlock(open, { type: "text", text: "" }, state)
    : [];
}

function piece(open: Open, delta: Draft): readonly Frame[] {
  if (open.index === undefined) return [];
  open.wrote = true;
  return [frame("content_block_delta", { index: open.index, delta })];
}

function writeText(open: Open, text: string): readonly Frame[] {
  switch (open.head.kind) {
    case "text":
    case "refusal":
      return piece(open, { type: "text_delta", text });
    case "thinking":
      return piece(open, { type: "thinking_delta", thinking: text });
    case "toolCall":
      return open.head.call === "custom"
        ? argumentsPiece(open, JSON.stringify(text).slice(1, -1))
        : writeArguments(open, text);
    case "whole":
      return [];
  }
}

/** Most characters of arguments that are held back; what is longer goes out as it is. */
const MAX_HELD = 1024 * 1024;

/**
 * The SDK throws at arguments that are no JSON, and tools expect an object: whatever does not begin like one waits for its
 * end, to be wrapped as in a buffered reply (E112, E113).
 */
function writeArguments(open: Open, text: string): readonly Frame[] {
  if (open.wrote) return argumentsPiece(open, text);
  const part = open.held === "" ? text.trimStart() : text;
  if (open.held === "" && part.startsWith("{")) return argumentsPiece(open, part);
  open.held += part;
  return open.held.length > MAX_HELD ? argumentsPiece(open, open.held) : [];
}

function argumentsPiece(open: Open, text: string): readonly Frame[] {
  return piece(open, { type: "input_json_delta", partial_json: text });
}

function closeBlock(open: Open, state: State): readonly Frame[] {
  const { head } = open;
  const opaque = bestToken(open.opaque);
  const before: Frame[] = [];
  if (head.kind === "toolCall") {
    if (head.call === "custom") before.push(...argumentsPiece(open, '"}'));
    else if (!open.wrote) {
      const whole = open.held === "" ? "" : printJson(argumentsOf(open.held));
      before.push(...argumentsPiece(open, whole));
    }
  }
  if (head.kind === "thinking" && opaque !== undefined) {
    const token = carried(opaque, state.client);
    // A signature goes out once, whole: a second delta would replace it.
    if (!head.redacted) before.push(...piece(open, { type: "signature_delta", signature: token }));
    else before.push(...startBlock(open, { type: "redacted_thinking", data: token }, state));
  }
  if (open.index === undefined) return before;
  return [...before, frame("content_block_stop", { index: open.index })];
}

/** One `message_delta` after both stop and usage, then the end. */
function finish(state: State): readonly Frame[] {
  const { residues } = state;
  const top = residues.filter(({ path }) => TOP_LEVEL.has(segments(path)[0] ?? ""));
  const inner = residues.filter(
    (residue) => !top.includes(residue) && segments(residue.path)[0] !== "usage",
  );
  const place = { dialect: DIALECT, depth: 0 } as const;
  const delta = graft(stopMembers(state.stop), inner, place);
  const body = graft({ delta, usage: usageOf(state) }, top, place);
  return [...begin(state), frame("message_delta", body), frame("message_stop", {})];
}

/** Members of a reply that a stream carries beside the delta. */
const TOP_LEVEL: ReadonlySet<string> = new Set(["context_management"]);
