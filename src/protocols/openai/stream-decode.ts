// Streamed replies of Chat Completions and its compatible servers to neutral events (translation.md D.2). Tolerant of what
// servers are known to do; the order of events is made strict by `conform`.
import { compact, filled } from "../../lib/compact.ts";
import { asArray, asNumber, asRecord, parseJson, type JsonDocument } from "../../lib/json.ts";
import type { Event } from "../../ir/event.ts";
import type { Failure } from "../../ir/failure.ts";
import type { LossId } from "../../ir/loss.ts";
import type { Residue } from "../../ir/request.ts";
import type { Frame } from "../../wire/frame.ts";
import { fieldsOf, type Fields } from "../kit/fields.ts";
import { takeNotes, type Notes } from "../kit/notes.ts";
import type { Origin, StreamDecoder } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { failureIn } from "../kit/openai-failure.ts";
import { decodeHead, decodeReplyUsage, type Head } from "./reply-decode.ts";
import { choiceDecoder, type ChoiceDecoder } from "./stream-decode-choice.ts";

/** What the decoder remembers between frames. */
type State = {
  readonly origin: Origin;
  readonly choices: Map<number, ChoiceDecoder>;
  /** Residues and uses that went out already: many servers repeat them in every chunk. */
  readonly told: Set<string>;
  /** Events from before the reply said who it is; at most what a few chunks without answers hold. */
  held: Event[];
  started: boolean;
  ended: boolean;
};

/** Starts to decode one reply. */
export function decoder(origin: Origin): StreamDecoder {
  const state: State = {
    origin,
    choices: new Map(),
    told: new Set(),
    held: [],
    started: false,
    ended: false,
  };
  return {
    push: (frame) => decodeFrame(frame, state),
    end: () => {
      const finished = [...state.choices.values()].every((choice) => choice.isFinished());
      // Some servers leave out `[DONE]`; a finish reason for each answer then is the end.
      return state.choices.size > 0 && finished ? finish(state) : [];
    },
  };
}

function finish(state: State): readonly Event[] {
  if (state.ended) return [];
  state.ended = true;
  const stops = [...state.choices.values()].flatMap((choice) => choice.finish());
  return [...state.held.splice(0), ...stops, { type: "end" }];
}

function decodeFrame(frame: Frame, state: State): readonly Event[] {
  if (frame.kind === "comment") return [{ type: "ping" }];
  if (frame.kind !== "sse" || state.ended) return [];
  const data = frame.data.trim();
  if (data === "") return [];
  if (data === "[DONE]") return finish(state);
  const document = parseJson(data);
  if (!document.ok) {
    const message = `the stream holds an event that is not JSON: ${document.error.message}`;
    return fail({ class: "bad-upstream-reply", message }, state);
  }
  return decodeChunk(document.value, state);
}

function fail(failure: Failure, state: State): readonly Event[] {
  state.ended = true;
  return [{ type: "error", failure }];
}

function decodeChunk(document: JsonDocument, state: State): readonly Event[] {
  const root = asRecord(document.root);
  // Events such as Mistral's or Azure's keep-alives are no objects with choices; they say nothing.
  if (root === undefined) return [];
  const notes = takeNotes(document, DIALECT, false);
  const body = fieldsOf(root, "", notes);
  const failure = failureIn(root);
  // The chunk that reports an error may still hold the usage up to it.
  const usage = decodeReplyUsage(body, notes);
  const counted: readonly Event[] =
    usage.value === undefined ? [] : [{ type: "usage", usage: usage.value }];
  if (failure !== undefined) return [...counted, ...fail(failure, state)];
  body.skip("object", "choices", "obfuscation", "p", "nonce");
  const head = decodeHead(body, notes);
  const content = decodeChoices(root, notes, state);
  const ext = [...head.ext, ...usage.ext, ...body.rest("S00")];
  const tier = state.told.has("tier") ? undefined : head.fields.tier;
  if (tier !== undefined) state.told.add("tier");
  const told = [...usesOf(notes, state), ...metaOf({ tier, ext: fresh(ext, state) })];
  return begin(head.fields, [...told, ...content, ...counted], state);
}

/** Azure's first chunk is about the prompt and has neither id nor model: the start waits for the one that has. */
function begin(fields: Head["fields"], events: readonly Event[], state: State): readonly Event[] {
  if (state.started) return events;
  if (fields.id === undefined && state.choices.size === 0) {
    state.held.push(...events);
    return [];
  }
  state.started = true;
  const held = state.held.splice(0);
  return [{ type: "start", ...fields }, ...held, ...events];
}

function decodeChoices(root: Fields["record"], notes: Notes, state: State): readonly Event[] {
  const list = asArray(root["choices"]) ?? [];
  return list.flatMap((entry, position) => {
    const record = asRecord(entry);
    if (record === undefined) return [];
    const index = asNumber(record["index"]) ?? position;
    const known = state.choices.get(index);
    const choice = known ?? choiceDecoder(index, state.origin);
    if (known === undefined) state.choices.set(index, choice);
    const fields = fieldsOf(record, `/choices/${index}`, notes);
    const { events, ext } = choice.push(fields, notes);
    if (state.choices.size > 1) notes.use("S23", "/choices");
    return [...events, ...metaOf({ candidate: index, ext: fresh(ext, state) })];
  });
}

/** Each feature is told once for a place. */
function usesOf(notes: Notes, state: State): readonly Event[] {
  return notes
    .uses()
    .flatMap(({ id, path }) => (isNew(`${id} ${path}`, state) ? [use(id, path)] : []));
}

function use(id: LossId, path: string): Event {
  return { type: "use", id, path };
}

function isNew(key: string, state: State): boolean {
  // A cap: servers that number their members would fill the memory.
  if (state.told.has(key) || state.told.size >= MAX_TOLD) return false;
  state.told.add(key);
  return true;
}

const MAX_TOLD = 4096;

/** A residue goes out when its place is new; what changes in later chunks is noise of the server. */
function fresh(ext: readonly Residue[], state: State): readonly Residue[] {
  return ext.filter((residue) => isNew(`residue ${residue.path}`, state));
}

function metaOf(
  meta: Omit<Extract<Event, { type: "meta" }>, "type" | "tier" | "ext"> & {
    readonly tier?: Extract<Event, { type: "meta" }>["tier"] | undefined;
    readonly ext: readonly Residue[];
  },
): readonly Event[] {
  if (meta.tier === undefined && meta.ext.length === 0) return [];
  return [compact({ type: "meta", ...meta, ext: filled(meta.ext) })];
}
