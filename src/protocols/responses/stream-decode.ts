// Streamed replies of Responses to neutral events (translation.md D.2). Every text comes up to three times (in pieces, whole
// when its part is done, and in the last event); what has not gone out by then goes out with it. Events that are not known
// say nothing.
import { compact, filled } from "../../lib/compact.ts";
import { asArray, asNumber, asRecord, asString, parseJson } from "../../lib/json.ts";
import type { Event } from "../../ir/event.ts";
import type { Residue } from "../../ir/request.ts";
import type { Frame } from "../../wire/frame.ts";
import { fieldsAt, fieldsOf, type Fields } from "../kit/fields.ts";
import { takeNotes, type Notes } from "../kit/notes.ts";
import { isPlainOrder } from "../kit/plain-order.ts";
import type { Origin, StreamDecoder } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { failedResponse } from "./failed-response.ts";
import { decodeHead, decodeReplyUsage, readStop, responseResidues } from "./reply-decode.ts";
import { itemDecoder, type Blocks, type ItemDecoder } from "./stream-decode-item.ts";

type State = {
  readonly origin: Origin;
  readonly blocks: Blocks;
  /** Items by their index in the output, and that index by their id. */
  readonly items: Map<number, ItemDecoder>;
  readonly places: Map<string, number>;
  /** Uses and residues that were told already. */
  readonly told: Set<string>;
  started: boolean;
  ended: boolean;
};

/** Starts to decode one reply. */
export function decoder(origin: Origin): StreamDecoder {
  const state: State = {
    origin,
    blocks: { next: 0, kinds: [] },
    items: new Map(),
    places: new Map(),
    told: new Set(),
    started: false,
    ended: false,
  };
  // Without its last event nobody knows why a response ended, so its end is told by that alone.
  return { push: (frame) => decodeFrame(frame, state), end: () => [] };
}

function decodeFrame(frame: Frame, state: State): readonly Event[] {
  if (frame.kind === "comment") return [{ type: "ping" }];
  if (frame.kind !== "sse" || state.ended) return [];
  const data = frame.data.trim();
  // Some servers end as the vendor's other dialect does; the end is known by then.
  if (data === "" || data === "[DONE]") return [];
  const document = parseJson(data);
  const root = document.ok ? asRecord(document.value.root) : undefined;
  if (!document.ok || root === undefined) {
    state.ended = true;
    const message = "the stream holds an event that is not a JSON object";
    return [{ type: "error", failure: { class: "bad-upstream-reply", message } }];
  }
  const notes = takeNotes(document.value, DIALECT, false);
  const type = asString(root["type"]) ?? frame.event ?? "";
  const events = decodeEvent(type, fieldsOf(root, "", notes), notes, state);
  return [...usesOf(notes, state), ...events];
}

function decodeEvent(type: string, event: Fields, notes: Notes, state: State): readonly Event[] {
  switch (type) {
    case "response.created":
    case "response.queued":
    case "response.in_progress":
      return begin(event, notes, state);
    case "response.output_item.added":
      return itemOf(event, state)?.announce(itemFields(event, state, notes), notes) ?? [];
    case "response.output_item.done":
      return itemOf(event, state)?.complete(itemFields(event, state, notes), notes) ?? [];
    case "response.completed":
    case "response.incomplete":
      return finish(event, notes, state);
    case "response.failed":
    case "error":
      return failed(type, event, state);
    case "keepalive":
      return [{ type: "ping" }];
    default:
      return type.startsWith("response.")
        ? (itemOf(event, state)?.push(type.slice("response.".length), event, notes) ?? [])
        : unnamed(event, state);
  }
}

/** Some servers send a bare error object; other events that are not known say nothing to anybody. */
function unnamed(event: Fields, state: State): readonly Event[] {
  return (event.record["error"] ?? null) === null ? [] : failed("error", event, state);
}

/** The error's own object is documented at the top of the event and sent inside of it. */
function failed(type: string, event: Fields, state: State): readonly Event[] {
  state.ended = true;
  const { error, response } = event.record;
  const body = type === "error" ? { error: error ?? event.record } : (response ?? null);
  const failure = failedResponse(body) ?? {
    class: "server-error",
    message: "the response failed without saying why",
  };
  return [{ type: "error", failure }];
}

/** The response of an event, whose members stand at the top of a buffered reply. */
function responseIn(event: Fields, notes: Notes): Fields | undefined {
  return fieldsAt(event.record["response"], "", notes);
}

function begin(event: Fields, notes: Notes, state: State): readonly Event[] {
  const response = responseIn(event, notes);
  if (state.started || response === undefined) return [];
  state.started = true;
  const { tier, ...head } = decodeHead(response, notes);
  // The tier that is asked for stands here until the one that served is known.
  if (tier !== undefined) state.told.add(`tier ${tier.raw}`);
  const meta = metaOf(undefined, responseResidues(response), state);
  return [compact({ type: "start", ...head, tier }), ...meta];
}

/** Index of the item that an event is about: by the item's id, else as the event says. */
function placeOf(event: Fields, state: State): number | undefined {
  const id = asString(asRecord(event.record["item"])?.["id"] ?? event.record["item_id"]);
  const known = id === undefined ? undefined : state.places.get(id);
  const place = known ?? asNumber(event.record["output_index"]);
  if (id !== undefined && place !== undefined) state.places.set(id, place);
  return place;
}

function itemOf(event: Fields, state: State): ItemDecoder | undefined {
  const place = placeOf(event, state);
  return place === undefined || place < 0 || place >= MAX_ITEMS ? undefined : itemAt(place, state);
}

/** Most items of one response; no real one comes near. */
const MAX_ITEMS = 4096;

function itemAt(place: number, state: State): ItemDecoder {
  const known = state.items.get(place);
  if (known !== undefined) return known;
  const item = itemDecoder(state.blocks, state.origin);
  state.items.set(place, item);
  return item;
}

function itemFields(event: Fields, state: State, notes: Notes): Fields | undefined {
  return fieldsAt(event.record["item"], `/output/${placeOf(event, state) ?? 0}`, notes);
}

/** The last event holds the whole response once more: what of it has not gone out goes out now. */
function finish(event: Fields, notes: Notes, state: State): readonly Event[] {
  const opening = begin(event, notes, state);
  state.ended = true;
  const response = responseIn(event, notes);
  if (response === undefined) {
    const message = "the stream ended without its response";
    return [{ type: "error", failure: { class: "bad-upstream-reply", message } }];
  }
  const output = asArray(response.record["output"]) ?? [];
  const late = output.flatMap((entry, index) => completeLate(entry, index, notes, state));
  const { tier } = decodeHead(response, notes);
  const { usage, ext } = decodeReplyUsage(response, notes);
  const meta = metaOf(tier, [...ext, ...responseResidues(response)], state);
  const { kinds } = state.blocks;
  const blocks = kinds.map((kind) => ({ kind }));
  if (!isPlainOrder(blocks)) notes.use("S05", "/output");
  return [
    ...opening,
    ...late,
    ...meta,
    ...(usage === undefined ? [] : [{ type: "usage" as const, usage }]),
    { type: "stop", candidate: 0, stop: readStop(response, blocks) },
    { type: "end" },
  ];
}

function completeLate(
  entry: Parameters<typeof asRecord>[0],
  index: number,
  notes: Notes,
  state: State,
): readonly Event[] {
  const id = asString(asRecord(entry)?.["id"]);
  const place = (id === undefined ? undefined : state.places.get(id)) ?? index;
  const fields = fieldsAt(entry, `/output/${place}`, notes);
  return itemAt(place, state).complete(fields, notes);
}

function metaOf(
  tier: Extract<Event, { type: "meta" }>["tier"],
  ext: readonly Residue[],
  state: State,
): readonly Event[] {
  const fresh = ext.filter((residue) => isNew(`residue ${residue.path} ${residue.text}`, state));
  const changed = tier !== undefined && isNew(`tier ${tier.raw}`, state) ? tier : undefined;
  if (fresh.length === 0 && changed === undefined) return [];
  return [compact({ type: "meta", tier: changed, ext: filled(fresh) })];
}

/** Each feature is told once for a place. */
function usesOf(notes: Notes, state: State): readonly Event[] {
  return notes
    .uses()
    .flatMap(({ id, path }): Event[] =>
      isNew(`${id} ${path}`, state) ? [{ type: "use", id, path }] : [],
    );
}

function isNew(key: string, state: State): boolean {
  if (state.told.has(key) || state.told.size >= MAX_TOLD) return false;
  state.told.add(key);
  return true;
}

/** Most different uses and residues of one stream. */
const MAX_TOLD = 4096;
