// One answer of a streamed reply. Pieces of text go on with the open block; calls and media arrive whole (translation.md D.2).
import { filled } from "../../lib/compact.ts";
import { asArray, asRecord, type Json } from "../../lib/json.ts";
import type { Block } from "../../ir/block.ts";
import type { Event, Head } from "../../ir/event.ts";
import type { Stop } from "../../ir/reply.ts";
import { fieldsAt, fieldsOf, type Fields } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";
import { isPlainOrder } from "../kit/plain-order.ts";
import type { ToldOnce } from "../kit/told-once.ts";
import type { Origin } from "../protocol.ts";
import { decodeLogprobs } from "./logprobs.ts";
import { partialCall, type PartialCall } from "./partial-args.ts";
import { finer } from "./reply-decode-head.ts";
import { candidateResidues, citationsIn } from "./reply-decode-grounding.ts";
import { decodePart } from "./reply-decode-parts.ts";
import { decodeStop, isFine } from "./stop.ts";

/** Decodes one answer. */
export type CandidateDecoder = {
  readonly push: (candidate: Fields, notes: Notes) => readonly Event[];
  /** Whether its finish reason was seen. */
  readonly isFinished: () => boolean;
  /** What was held back: the end of the last block, and the stop. */
  readonly end: () => readonly Event[];
};

type Open = {
  readonly index: number;
  readonly kind: "text" | "thinking";
  text: string;
  signed: boolean;
};

type State = {
  readonly candidate: number;
  readonly origin: Origin;
  readonly replyId: string;
  readonly told: ToldOnce;
  readonly kinds: Block["kind"][];
  open: Open | undefined;
  calls: number;
  partial: PartialCall | undefined;
  stop: Stop | undefined;
};

/** Starts an answer. */
export function candidateDecoder(
  candidate: number,
  origin: Origin,
  replyId: string,
  told: ToldOnce,
): CandidateDecoder {
  const state: State = {
    candidate,
    origin,
    replyId,
    told,
    kinds: [],
    open: undefined,
    calls: 0,
    partial: undefined,
    stop: undefined,
  };
  return {
    push: (fields, notes) => push(fields, notes, state),
    isFinished: () => state.stop !== undefined,
    end: () => {
      const { stop } = state;
      const events = close(state);
      return stop === undefined ? events : [...events, { type: "stop", candidate, stop }];
    },
  };
}

function push(fields: Fields, notes: Notes, state: State): readonly Event[] {
  fields.skip("index", "content");
  const content = asRecord(fields.record["content"]);
  const parts = asArray(content?.["parts"]) ?? [];
  const path = `${fields.path}/content/parts`;
  const events = parts.flatMap((entry) => takePart(entry, path, notes, state));
  if (!isPlainOrder(state.kinds.map((kind) => ({ kind })))) notes.use("S05", path);
  const logprobs = decodeLogprobs(fields, notes);
  const cites = citationsOf(fields, notes, state);
  const reason = fields.any("finishReason");
  if (reason !== undefined && state.stop === undefined) {
    state.stop = decodeStop(reason);
    if (isFine(state.stop)) notes.use("S10", fields.at("finishReason"));
  }
  const own = state.stop === undefined ? [] : finer(state.stop, fields);
  const found = state.told.residues([...own, ...logprobs.ext, ...candidateResidues(fields)]);
  const ext = filled(found);
  const { candidate } = state;
  const tokens = logprobs.tokens;
  return [
    ...state.told.uses(notes.uses()),
    ...events,
    ...(tokens === undefined
      ? []
      : [{ type: "logprobs", candidate, tokens, refusal: false } as const]),
    ...cites,
    ...(ext === undefined ? [] : [{ type: "meta", candidate, ext } as const]),
  ];
}

function place(
  { candidate }: State,
  index: number,
): { readonly candidate: number; readonly index: number } {
  return { candidate, index };
}

/** Citations come with the last chunks, while the text that they are about is still open (B.9, Late citations). */
function citationsOf(fields: Fields, notes: Notes, state: State): readonly Event[] {
  const { open } = state;
  if (open?.kind !== "text") return [];
  const texts = [{ part: open.index, text: open.text }];
  return citationsIn(fields, texts, notes).flatMap(({ citation }): readonly Event[] =>
    state.told.isNew(`cite ${state.candidate} ${JSON.stringify(citation)}`)
      ? [{ type: "cite", ...place(state, open.index), citation }]
      : [],
  );
}

function takePart(entry: Json, path: string, notes: Notes, state: State): readonly Event[] {
  const raw = fieldsAt(entry, `${path}/${state.kinds.length}`, notes);
  if (raw === undefined) return [];
  const call = asRecord(raw.record["functionCall"]);
  if (call !== undefined && (isPiece(call) || state.partial !== undefined))
    return takePartial(raw, call, notes, state);
  const { origin, replyId, candidate, calls } = state;
  const block = decodePart(raw, { candidate, calls }, { notes, origin, replyId });
  if (block === undefined) return [];
  if (block.kind === "text") return takeText(block, state);
  if (block.kind === "thinking" && !block.redacted) return takeText(block, state);
  if (block.kind === "toolCall") state.calls += 1;
  return [...close(state), ...whole(block, state)];
}

/** Vertex may send the arguments of a call in pieces. */
function isPiece(call: Fields["record"]): boolean {
  return call["partialArgs"] !== undefined || call["willContinue"] === true;
}

function takeText(
  block: Extract<Block, { kind: "text" | "thinking" }>,
  state: State,
): readonly Event[] {
  // A signature ends its part.
  const goesOn = state.open?.kind === block.kind && !state.open.signed;
  const events: Event[] = goesOn ? [] : [...close(state), ...open(headOf(block), block, state)];
  if (!goesOn)
    state.open = { index: state.kinds.length - 1, kind: block.kind, text: "", signed: false };
  const { index } = state.open ?? { index: 0 };
  if (state.open !== undefined) state.open.text += block.text;
  if (block.text !== "") events.push({ type: "delta", ...place(state, index), text: block.text });
  for (const opaque of block.opaque ?? [])
    events.push({ type: "opaque", ...place(state, index), opaque });
  if (state.open !== undefined && block.opaque !== undefined) state.open.signed = true;
  return events;
}

function headOf(block: Extract<Block, { kind: "text" | "thinking" }>): Head {
  return block.kind === "text"
    ? { kind: "text" }
    : { kind: "thinking", form: "summary", redacted: false };
}

function open(head: Head, block: Block, state: State): readonly Event[] {
  const index = state.kinds.length;
  state.kinds.push(block.kind);
  const ext = head.kind === "whole" ? undefined : block.ext;
  return [{ type: "open", ...place(state, index), head, ...(ext === undefined ? {} : { ext }) }];
}

/** A block that is there all at once. */
function whole(block: Block, state: State): readonly Event[] {
  const at = place(state, state.kinds.length);
  if (block.kind === "thinking") return hidden(block, state);
  if (block.kind !== "toolCall")
    return [...open({ kind: "whole", block }, block, state), { type: "close", ...at }];
  const { id, name, call, argsText, idMinted, opaque = [] } = block;
  const head: Head = {
    kind: "toolCall",
    id,
    name,
    call,
    ...(idMinted === true ? { idMinted } : {}),
  };
  return [
    ...open(head, block, state),
    ...opaque.map((token): Event => ({ type: "opaque", ...at, opaque: token })),
    { type: "delta", ...at, text: argsText },
    { type: "close", ...at },
  ];
}

/** Reasoning that nobody may read is nothing but its token. */
function hidden(block: Extract<Block, { kind: "thinking" }>, state: State): readonly Event[] {
  const at = place(state, state.kinds.length);
  const tokens = (block.opaque ?? []).map((opaque): Event => ({ type: "opaque", ...at, opaque }));
  const head: Head = { kind: "thinking", form: "summary", redacted: true };
  return [...open(head, block, state), ...tokens, { type: "close", ...at }];
}

/** Arguments that come in pieces by path are told once they are complete (E295). */
function takePartial(
  part: Fields,
  call: Fields["record"],
  notes: Notes,
  state: State,
): readonly Event[] {
  const partial = (state.partial ??= partialCall());
  if (!partial.push(part.record, call)) return [];
  state.partial = undefined;
  const record = partial.part();
  const { origin, replyId, candidate, calls } = state;
  const fields = fieldsOf(record, part.path, notes);
  const block = decodePart(fields, { candidate, calls }, { notes, origin, replyId });
  if (block === undefined) return [];
  state.calls += 1;
  return [...close(state), ...whole(block, state)];
}

function close(state: State): readonly Event[] {
  const current = state.open;
  state.open = undefined;
  return current === undefined ? [] : [{ type: "close", ...place(state, current.index) }];
}
