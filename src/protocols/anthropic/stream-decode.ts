// Streamed replies of Messages to neutral events (translation.md D.2). The order of events is made strict by `conform`.
import { compact } from "../../lib/compact.ts";
import { asNumber, asRecord, asString, parseJson } from "../../lib/json.ts";
import type { Event } from "../../ir/event.ts";
import type { Residue } from "../../ir/request.ts";
import type { Frame } from "../../wire/frame.ts";
import { fieldsAt, fieldsOf, type Fields } from "../kit/fields.ts";
import { takeNotes, type Notes } from "../kit/notes.ts";
import { isPlainOrder } from "../kit/plain-order.ts";
import { toldOnce, type ToldOnce } from "../kit/told-once.ts";
import type { Origin, StreamDecoder } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { failureIn } from "./failure.ts";
import { readStop, readUsage, stopResidues } from "./reply-decode.ts";
import { blockDecoder, type BlockDecoder } from "./stream-decode-block.ts";

type State = {
  readonly origin: Origin;
  readonly blocks: Map<number, BlockDecoder>;
  /** Kinds of the blocks so far, for the feature S05. */
  readonly kinds: ReturnType<BlockDecoder["kind"]>[];
  readonly told: ToldOnce;
  started: boolean;
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
    started: false,
    stopped: false,
    ended: false,
  };
  return {
    push: (frame) => decodeFrame(frame, state),
    // A server that gave its stop reason and then only closed has said all (translation.md D.1).
    end: () => (state.stopped && !state.ended ? finish(state) : []),
  };
}

function decodeFrame(frame: Frame, state: State): readonly Event[] {
  if (frame.kind === "comment") return [{ type: "ping" }];
  if (frame.kind !== "sse" || state.ended || frame.data.trim() === "") return [];
  const document = parseJson(frame.data);
  const root = document.ok ? asRecord(document.value.root) : undefined;
  if (!document.ok || root === undefined) {
    state.ended = true;
    const message = "the stream holds an event that is not a JSON object";
    return [{ type: "error", failure: { class: "bad-upstream-reply", message } }];
  }
  const notes = takeNotes(document.value, DIALECT, false);
  const events = decodeEvent(fieldsOf(root, "", notes), notes, state);
  return [...state.told.uses(notes.uses()), ...events];
}

function decodeEvent(event: Fields, notes: Notes, state: State): readonly Event[] {
  switch (asString(event.record["type"]) ?? "") {
    case "message_start":
      return begin(event, notes, state);
    case "content_block_start":
      return openBlock(event, notes, state);
    case "content_block_delta":
      return blockAt(event, state)?.delta(event.fields("delta"), notes) ?? [];
    case "content_block_stop":
      return closeBlock(event, notes, state);
    case "message_delta":
      return messageDelta(event, notes, state);
    case "message_stop":
      return finish(state);
    case "ping":
      return [{ type: "ping" }];
    default:
      return failed(event, state);
  }
}

/** Some servers send the bare error object; other events that are not known say nothing to anybody. */
function failed(event: Fields, state: State): readonly Event[] {
  const failure = failureIn(event.record);
  if (failure === undefined) return [];
  state.ended = true;
  return [{ type: "error", failure }];
}

function begin(event: Fields, notes: Notes, state: State): readonly Event[] {
  // Members of the message stand at the top of a buffered reply.
  const message = fieldsAt(event.record["message"], "", notes);
  // A second start is noise of a proxy (E288).
  if (state.started || message === undefined) return [];
  state.started = true;
  message.skip("type", "role", "content", "stop_reason", "stop_sequence", "stop_details");
  const { usage, tier, ext } = readUsage(message, notes);
  const id = message.string("id");
  const model = message.string("model");
  if (model !== undefined) notes.use("S14m", "/model");
  const meta = metaOf(tier, [...ext, ...message.rest("S00")], state);
  const start: Event = compact({ type: "start", id, model, tier });
  return [start, ...meta, ...(usage === undefined ? [] : [{ type: "usage" as const, usage }])];
}

function openBlock(event: Fields, notes: Notes, state: State): readonly Event[] {
  const index = asNumber(event.record["index"]) ?? state.blocks.size;
  const content = fieldsAt(event.record["content_block"], `/content/${index}`, notes);
  if (content === undefined) return [];
  const block = blockDecoder(index, content, notes, state.origin);
  state.blocks.set(index, block);
  return block.open();
}

function blockAt(event: Fields, state: State): BlockDecoder | undefined {
  return state.blocks.get(asNumber(event.record["index"]) ?? -1);
}

function closeBlock(event: Fields, notes: Notes, state: State): readonly Event[] {
  const block = blockAt(event, state);
  if (block === undefined) return [];
  state.blocks.delete(asNumber(event.record["index"]) ?? -1);
  state.kinds.push(block.kind());
  if (!isPlainOrder(state.kinds.map((kind) => ({ kind })))) notes.use("S05", "/content");
  return block.close(notes);
}

function messageDelta(event: Fields, notes: Notes, state: State): readonly Event[] {
  event.skip("type", "delta");
  const { usage, tier, ext } = readUsage(event, notes);
  // As in `begin`: what the delta holds stands at the top of a buffered reply.
  const delta = fieldsAt(event.record["delta"], "", notes);
  const stops: Event[] = [];
  if (delta !== undefined && (delta.record["stop_reason"] ?? null) !== null) {
    state.stopped = true;
    stops.push({ type: "stop", candidate: 0, stop: readStop(delta, notes) });
  }
  const details = delta === undefined ? [] : stopResidues(delta);
  delta?.skip("stop_reason", "stop_sequence", "stop_details");
  const members = [...details, ...(delta?.rest("S00") ?? [])];
  const meta = metaOf(tier, [...ext, ...members, ...event.rest("S00")], state);
  return [...meta, ...(usage === undefined ? [] : [{ type: "usage" as const, usage }]), ...stops];
}

function finish(state: State): readonly Event[] {
  state.ended = true;
  return [{ type: "end" }];
}

function metaOf(
  tier: Extract<Event, { type: "meta" }>["tier"],
  ext: readonly Residue[],
  state: State,
): readonly Event[] {
  const fresh = state.told.residues(ext);
  const changed = tier !== undefined && state.told.isNew(`tier ${tier.raw}`) ? tier : undefined;
  if (fresh.length === 0 && changed === undefined) return [];
  return [compact({ type: "meta", tier: changed, ext: fresh.length === 0 ? undefined : fresh })];
}
