// Streamed replies of generateContent to neutral events (translation.md A.4, D.2). Every chunk is a whole response object with
// the parts that are new.
import { compact, filled } from "../../lib/compact.ts";
import {
  asArray,
  asNumber,
  asRecord,
  parseJson,
  type JsonDocument,
  type JsonRecord,
} from "../../lib/json.ts";
import type { Event } from "../../ir/event.ts";
import type { Stop } from "../../ir/reply.ts";
import type { Frame } from "../../wire/frame.ts";
import { fieldsAt, fieldsOf, type Fields } from "../kit/fields.ts";
import { takeNotes, type Notes } from "../kit/notes.ts";
import { toldOnce, type ToldOnce } from "../kit/told-once.ts";
import type { Origin, StreamDecoder } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { failureIn } from "./failure.ts";
import { blockIn, readHead, readUsage } from "./reply-decode-head.ts";
import { candidateDecoder, type CandidateDecoder } from "./stream-decode-candidate.ts";

type State = {
  readonly origin: Origin;
  readonly candidates: Map<number, CandidateDecoder>;
  readonly told: ToldOnce;
  /** Id of the reply; `undefined`: no chunk was seen yet. */
  id: string | undefined;
  blocked: Stop | undefined;
  /** Counts so far; later chunks repeat what they know. */
  counted: JsonRecord;
  ended: boolean;
};

/** Starts to decode one reply. */
export function decoder(origin: Origin): StreamDecoder {
  const state: State = {
    origin,
    candidates: new Map(),
    told: toldOnce(),
    id: undefined,
    blocked: undefined,
    counted: {},
    ended: false,
  };
  return { push: (frame) => decodeFrame(frame, state), end: () => finish(state) };
}

function decodeFrame(frame: Frame, state: State): readonly Event[] {
  if (frame.kind === "comment") return [{ type: "ping" }];
  if (frame.kind === "message" || state.ended) return [];
  const text = frame.kind === "sse" ? frame.data : frame.text;
  // Some servers that only resemble the vendor's send what other dialects end with.
  if (text.trim() === "" || text.trim() === "[DONE]") return [];
  const document = parseJson(text);
  if (!document.ok) return fail("the stream holds a chunk that is not JSON", state);
  const failure = failureIn(document.value.root);
  if (failure !== undefined) {
    state.ended = true;
    return [{ type: "error", failure }];
  }
  return decodeChunk(document.value, state);
}

function fail(message: string, state: State): readonly Event[] {
  state.ended = true;
  return [{ type: "error", failure: { class: "bad-upstream-reply", message } }];
}

function decodeChunk(document: JsonDocument, state: State): readonly Event[] {
  const root = asRecord(document.root);
  if (root === undefined) return fail("the stream holds a chunk that is not a JSON object", state);
  const notes = takeNotes(document, DIALECT, false);
  const body = fieldsOf(root, "", notes);
  const head = readHead(body, notes);
  const isFirst = state.id === undefined;
  state.id ??= head.id ?? "";
  state.blocked ??= blockIn(root);
  if (state.blocked !== undefined) notes.use("S10", "/promptFeedback");
  const start: readonly Event[] = isFirst ? [{ type: "start", ...head }] : [];
  const list = asArray(root["candidates"]) ?? [];
  body.skip("candidates");
  const content = list.flatMap((entry, at) => {
    const candidate = fieldsAt(entry, `/candidates/${at}`, notes);
    return candidate === undefined ? [] : candidateAt(candidate, at, state).push(candidate, notes);
  });
  if (state.candidates.size > 1) notes.use("S23", "/candidates");
  const rest = meta(body, notes, state);
  return [...start, ...state.told.uses(notes.uses()), ...content, ...rest];
}

function candidateAt(fields: Fields, at: number, state: State): CandidateDecoder {
  const index = asNumber(fields.record["index"]) ?? at;
  const known = state.candidates.get(index);
  if (known !== undefined) return known;
  const fresh = candidateDecoder(index, state.origin, state.id ?? "", state.told);
  state.candidates.set(index, fresh);
  return fresh;
}

function meta(body: Fields, notes: Notes, state: State): readonly Event[] {
  const counted = asRecord(body.record["usageMetadata"]);
  const { usage, tier, ext } = readUsage(body, notes, state.counted);
  state.counted = { ...state.counted, ...counted };
  const all = [...ext, ...body.residue("promptFeedback", "S13"), ...body.rest("S00")];
  const residues = filled(state.told.residues(all));
  const isSilent = residues === undefined && tier === undefined;
  const events: readonly Event[] = isSilent ? [] : [compact({ type: "meta", tier, ext: residues })];
  const counts: readonly Event[] = usage === undefined ? [] : [{ type: "usage", usage }];
  return [...events, ...counts];
}

/** The server has no marker for the end; what may still come after a finish reason has come by then (E293). */
function finish(state: State): readonly Event[] {
  if (state.ended) return [];
  state.ended = true;
  const { blocked, candidates } = state;
  if (candidates.size === 0 && blocked !== undefined)
    return [{ type: "stop", candidate: 0, stop: blocked }, { type: "end" }];
  const decoders = [...candidates].sort(([a], [b]) => a - b).map(([, each]) => each);
  if (decoders.length === 0 || decoders.some((each) => !each.isFinished())) return [];
  return [...decoders.flatMap((each) => each.end()), { type: "end" }];
}
