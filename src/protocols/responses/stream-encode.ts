// Neutral events to a Responses stream (translation.md D.4). The events have passed `conform` in serial mode: one block
// after another, usage before the stop, the stop before the end.
import { printJson, type Printable } from "../../lib/json.ts";
import { unreachable } from "../../lib/result.ts";
import type { Event } from "../../ir/event.ts";
import type { Failure } from "../../ir/failure.ts";
import type { Stop, TokenLogprob, Usage } from "../../ir/reply.ts";
import type { Residue, Tier } from "../../ir/request.ts";
import type { Frame } from "../../wire/frame.ts";
import { errorObject } from "../kit/openai-failure-encode.ts";
import { ownResidues, type Draft } from "../kit/residue.ts";
import type { Client, StreamEncoder } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { failureMembers } from "./failed-response.ts";
import {
  encodeOutput,
  encodeResponse,
  type ResponseHead,
  type ResponseState,
} from "./reply-encode.ts";
import { encodeStop } from "./stop.ts";
import { itemWriter, type ItemWriter } from "./stream-encode-items.ts";
import type { Told } from "./stream-encode-state.ts";

type State = {
  readonly client: Client;
  readonly items: ItemWriter;
  start: Extract<Event, { type: "start" }> | undefined;
  started: boolean;
  over: boolean;
  /** Number of the next event. */
  sequence: number;
  usage: Usage | undefined;
  tier: Tier | undefined;
  stop: Stop;
  residues: readonly Residue[];
};

/** Starts to encode one reply. */
export function encoder(client: Client): StreamEncoder {
  const state: State = {
    client,
    items: itemWriter(client),
    start: undefined,
    started: false,
    over: false,
    sequence: 0,
    usage: undefined,
    tier: undefined,
    stop: { class: "unknown" },
    residues: [],
  };
  return {
    push: (event) => encodeEvent(event, state),
    flush: () =>
      state.start === undefined || state.over
        ? []
        : [...begin(state), ...numbered(state.items.flush(), state)],
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
    case "delta":
    case "opaque":
    case "cite":
    case "close":
    case "logprobs":
      return [...begin(state), ...numbered(state.items.push(event), state)];
    case "stop":
      state.stop = event.stop;
      return [...begin(state), ...numbered(state.items.finish(), state)];
    case "end":
      return finish(state);
    case "ping":
      // Older SDKs throw at an event of this meaning; a comment says nothing to any.
      return state.started ? [{ kind: "comment", text: "ping" }] : [];
    case "error":
      return fail(event.failure, state);
    case "use":
      return [];
  }
  return unreachable(event);
}

function numbered(told: readonly Told[], state: State): readonly Frame[] {
  return told.map(({ type, ...rest }) => {
    const data = printJson({ type, sequence_number: state.sequence, ...rest });
    state.sequence += 1;
    return { kind: "sse", event: type, data };
  });
}

/** The beginning waits for what else its upstream frame says of the reply. */
function begin(state: State): readonly Frame[] {
  if (state.started) return [];
  state.started = true;
  const response = responseOf(state, "in_progress");
  return numbered(
    [
      { type: "response.created", response },
      { type: "response.in_progress", response },
    ],
    state,
  );
}

function responseOf(state: State, progress: ResponseState): Draft {
  const { start, tier, usage, residues, client } = state;
  const head: ResponseHead = {
    id: start?.id,
    model: start?.model,
    created: start?.created,
    tier,
    usage,
    ext: residues,
  };
  return encodeResponse(head, client, progress);
}

function finish(state: State): readonly Frame[] {
  state.over = true;
  const ending = encodeStop(state.stop);
  const response = responseOf(state, { ending, output: outputOf(state, state.items.logprobs()) });
  return numbered([{ type: `response.${ending.status}`, response }], state);
}

function outputOf(state: State, logprobs: readonly TokenLogprob[]): readonly Printable[] {
  return encodeOutput(state.items.plan(), logprobs, state.client);
}

/**
 * The two events that the vendor itself sends: `error`, at which the SDKs throw, and `response.failed` for clients that wait
 * for a terminal event. Before the first event there is no response that could fail.
 */
function fail(failure: Failure, state: State): readonly Frame[] {
  state.over = true;
  const error = errorObject(failure);
  const told = failureMembers(failure);
  const { code, message } = told;
  const last: Told = { type: "error", ...told, error };
  if (!state.started) return numbered([last], state);
  const ending = { status: "failed", reason: null } as const;
  const response = responseOf(state, { ending, output: outputOf(state, state.items.logprobs()) });
  const failed: Told = {
    type: "response.failed",
    response: { ...response, error: { code, message } },
  };
  return numbered([last, failed], state);
}
