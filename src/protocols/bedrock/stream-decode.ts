// Streamed replies of Converse to neutral events (translation.md A.5, D.2). Checksums were verified by the framing.
import { compact, filled } from "../../lib/compact.ts";
import { asNumber, asRecord, parseJson } from "../../lib/json.ts";
import type { Event } from "../../ir/event.ts";
import { stringHeader, type Message } from "../../wire/eventstream.ts";
import type { Frame } from "../../wire/frame.ts";
import { isPlainOrder } from "../kit/plain-order.ts";
import { fieldsOf, type Fields } from "../kit/fields.ts";
import { takeNotes, type Notes } from "../kit/notes.ts";
import { toldOnce, type ToldOnce } from "../kit/told-once.ts";
import type { Origin, StreamDecoder } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { metaResidues, readTier, readUsage } from "./reply-decode.ts";
import { CONTENT } from "./reply-decode-blocks.ts";
import { decodeStop, FINE } from "./stop.ts";
import { blockDecoder, type BlockDecoder } from "./stream-decode-block.ts";
import { exceptionIn } from "./tap.ts";

type State = {
  readonly origin: Origin;
  readonly blocks: Map<number, BlockDecoder>;
  /** Kinds of the blocks so far, for the feature S05. */
  readonly kinds: ReturnType<BlockDecoder["kind"]>[];
  readonly told: ToldOnce;
  stopped: boolean;
  ended: boolean;
};

/** Starts to decode one reply. */
export function decoder(origin: Origin): StreamDecoder {
  const state: State = {
    origin,
    blocks: new Map(),
    kinds: [],
    told: toldOnce(),
    stopped: false,
    ended: false,
  };
  return {
    push: (frame) => decodeFrame(frame, state),
    // The metadata may be missing; without a stop reason the answer is cut short (E300).
    end: () => (state.stopped && !state.ended ? finish(state) : []),
  };
}

function decodeFrame(frame: Frame, state: State): readonly Event[] {
  if (frame.kind !== "message" || state.ended) return [];
  const kind = stringHeader(frame, ":message-type");
  if (kind === "exception" || kind === "error") {
    state.ended = true;
    return [{ type: "error", failure: exceptionIn(frame) }];
  }
  return decodePayload(frame, state);
}

function decodePayload(message: Message, state: State): readonly Event[] {
  const document = parseJson(new TextDecoder().decode(message.payload));
  const root = document.ok ? asRecord(document.value.root) : undefined;
  if (!document.ok || root === undefined) {
    state.ended = true;
    const text = "the stream holds a message that is not a JSON object";
    return [{ type: "error", failure: { class: "bad-upstream-reply", message: text } }];
  }
  const notes = takeNotes(document.value, DIALECT, false);
  const body = fieldsOf(root, "", notes);
  // Padding against guessing at lengths.
  body.skip("p");
  const events = decodeEvent(stringHeader(message, ":event-type") ?? "", body, notes, state);
  return [...state.told.uses(notes.uses()), ...events];
}

function decodeEvent(type: string, body: Fields, notes: Notes, state: State): readonly Event[] {
  switch (type) {
    case "messageStart":
      return [{ type: "start" }];
    case "contentBlockStart":
      return openBlock(body, state);
    case "contentBlockDelta":
      return blockAt(body, state).delta(body.fields("delta"), notes);
    case "contentBlockStop":
      return closeBlock(body, notes, state);
    case "messageStop":
      return stopped(body, notes, state);
    case "metadata":
      return metadata(body, notes, state);
    default:
      return [];
  }
}

function indexIn(body: Fields): number {
  return asNumber(body.record["contentBlockIndex"]) ?? 0;
}

function openBlock(body: Fields, state: State): readonly Event[] {
  const start = asRecord(body.record["start"]);
  return blockAt(body, state).start(start);
}

/** The block of an event; text and reasoning begin without a word. */
function blockAt(body: Fields, state: State): BlockDecoder {
  const index = indexIn(body);
  const known = state.blocks.get(index);
  if (known !== undefined) return known;
  const fresh = blockDecoder(index, state.origin);
  state.blocks.set(index, fresh);
  return fresh;
}

function closeBlock(body: Fields, notes: Notes, state: State): readonly Event[] {
  const block = state.blocks.get(indexIn(body));
  if (block === undefined) return [];
  state.blocks.delete(indexIn(body));
  const events = block.close(notes);
  if (!block.isEmpty()) state.kinds.push(block.kind());
  if (!isPlainOrder(state.kinds.map((kind) => ({ kind })))) notes.use("S05", CONTENT);
  return events;
}

/** The stop is not the end: counts follow. */
function stopped(body: Fields, notes: Notes, state: State): readonly Event[] {
  const late = [...state.blocks.values()].flatMap((block) => block.close(notes));
  state.blocks.clear();
  state.stopped = true;
  const stop = decodeStop(body.any("stopReason"));
  if (FINE.has(stop.class)) notes.use("S10", "/stopReason");
  const ext = filled(state.told.residues(body.rest("S00")));
  const meta: readonly Event[] = ext === undefined ? [] : [{ type: "meta", ext }];
  return [...late, ...meta, { type: "stop", candidate: 0, stop }];
}

function metadata(body: Fields, notes: Notes, state: State): readonly Event[] {
  const { usage, ext } = readUsage(body, notes);
  const tier = readTier(body, notes);
  const residues = filled(
    state.told.residues([...ext, ...metaResidues(body), ...body.rest("S00")]),
  );
  const meta: readonly Event[] =
    residues === undefined && tier === undefined
      ? []
      : [compact({ type: "meta", tier, ext: residues })];
  const counts: readonly Event[] = usage === undefined ? [] : [{ type: "usage", usage }];
  return [...meta, ...counts, ...(state.stopped ? finish(state) : [])];
}

function finish(state: State): readonly Event[] {
  state.ended = true;
  return [{ type: "end" }];
}
