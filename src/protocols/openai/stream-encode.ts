// Neutral events to Chat Completions chunks (translation.md D.3). Takes what `conform` lets out, so it can be strict.
import { printJson, type Printable } from "../../lib/json.ts";
import type { Event } from "../../ir/event.ts";
import type { Residue } from "../../ir/request.ts";
import type { Frame } from "../../wire/frame.ts";
import { unreachable } from "../../lib/result.ts";
import { segments } from "../kit/pointer.ts";
import { graft, ownResidues, type Draft } from "../kit/residue.ts";
import type { Client, StreamEncoder } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { errorFrame } from "../kit/openai-failure-encode.ts";
import { encodeTokens } from "../kit/openai-logprobs.ts";
import { encodeReplyTier } from "../kit/openai-tier.ts";
import { encodeId } from "./reply-encode.ts";
import { encodeStop } from "./stop.ts";
import { choiceEncoder, type ChoiceEncoder } from "./stream-encode-choice.ts";
import { encodeUsage } from "./usage.ts";

/** What the encoder remembers. */
type State = {
  readonly client: Client;
  readonly choices: Map<number, ChoiceEncoder>;
  /** Those that said why they ended. */
  readonly finished: Set<number>;
  /** Members that every chunk has. */
  head: Draft;
  /** Residues of the reply that the next chunk takes along. */
  pending: readonly Residue[];
  usage: Extract<Event, { type: "usage" }>["usage"] | undefined;
};

/** Starts to encode one reply. */
export function encoder(client: Client): StreamEncoder {
  const state: State = {
    client,
    choices: new Map(),
    finished: new Set(),
    head: {},
    pending: [],
    usage: undefined,
  };
  return { push: (event) => encodeEvent(event, state) };
}

function encodeEvent(event: Event, state: State): readonly Frame[] {
  switch (event.type) {
    case "start":
      return begin(event, state);
    case "open":
    case "delta":
    case "opaque":
    case "cite":
    case "close":
      return encodeContent(event, state);
    case "logprobs": {
      const tokens = encodeTokens(event.tokens);
      const logprobs = event.refusal
        ? { content: null, refusal: tokens }
        : { content: tokens, refusal: null };
      const choice = choiceOf(event.candidate, { delta: {}, logprobs, finish_reason: null });
      return [...role(event.candidate, state), chunk(state, [choice])];
    }
    case "stop":
      return finishChoice(event, state);
    case "usage":
      state.usage = event.usage;
      return [];
    case "meta":
      return takeMeta(event, state);
    case "use":
      return [];
    case "ping":
      return [{ kind: "comment", text: "ping" }];
    case "error":
      return [errorFrame(event.failure)];
    case "end":
      return [
        ...finishOthers(state),
        ...usageChunk(state),
        { kind: "sse", event: undefined, data: "[DONE]" },
      ];
  }
  return unreachable(event);
}

function begin(event: Extract<Event, { type: "start" }>, state: State): readonly Frame[] {
  const { client } = state;
  state.head = {
    id: encodeId(event.id, client),
    object: "chat.completion.chunk",
    created: event.created ?? client.now,
    model: event.model ?? client.model,
    service_tier: encodeReplyTier(event),
  };
  return role(0, state);
}

/** The first chunk of each answer says who speaks. */
function role(candidate: number, state: State): readonly Frame[] {
  if (state.choices.has(candidate)) return [];
  state.choices.set(candidate, choiceEncoder(state.client));
  const delta = { role: "assistant", content: "" };
  return [chunk(state, [choiceOf(candidate, { delta, finish_reason: null })])];
}

function choiceOf(index: number, rest: Draft): Draft {
  return { index, ...rest };
}

const BODY_GRAFT = { dialect: DIALECT, depth: 0 } as const;

function chunk(state: State, choices: readonly Printable[], usage?: Printable): Frame {
  // Only a client that asked for usage may see the member at all.
  const counted = state.client.streamUsage ? { usage: usage ?? null } : {};
  const ready = state.pending.filter((residue) => usage !== undefined || !isOfUsage(residue));
  const body = graft({ ...state.head, choices, ...counted }, ready, BODY_GRAFT);
  state.pending = state.pending.filter((residue) => !ready.includes(residue));
  return { kind: "sse", event: undefined, data: printJson(body) };
}

/** What vendors add to the usage waits for it. */
function isOfUsage(residue: Residue): boolean {
  return segments(residue.path)[0] === "usage";
}

function encodeContent(
  event: Extract<Event, { type: "open" | "delta" | "opaque" | "cite" | "close" }>,
  state: State,
): readonly Frame[] {
  const opening = role(event.candidate, state);
  const deltas = state.choices.get(event.candidate)?.push(event) ?? [];
  const frames = deltas.map((delta) =>
    chunk(state, [choiceOf(event.candidate, { delta, finish_reason: null })]),
  );
  return [...opening, ...frames];
}

/** The SDK throws at a choice that began and has no reason to end: the first one, if only later ones said anything. */
function finishOthers(state: State): readonly Frame[] {
  const open = [...state.choices.keys()].filter((index) => !state.finished.has(index));
  return open.flatMap((candidate) =>
    finishChoice({ type: "stop", candidate, stop: { class: "end" } }, state),
  );
}

function finishChoice(event: Extract<Event, { type: "stop" }>, state: State): readonly Frame[] {
  state.finished.add(event.candidate);
  const opening = role(event.candidate, state);
  const choice = state.choices.get(event.candidate);
  const before = choice?.finish(event.stop) ?? [];
  const frames = before.map((delta) =>
    chunk(state, [choiceOf(event.candidate, { delta, finish_reason: null })]),
  );
  const reason = encodeStop(event.stop, state.client.legacyCalls === true);
  const last = choiceOf(event.candidate, { delta: {}, finish_reason: reason });
  return [...opening, ...frames, chunk(state, [graftChoice(last, choice?.residues() ?? [])])];
}

/** Residues of the message were members of deltas; those of the choice stand beside them. */
function graftChoice(choice: Draft, residues: readonly Residue[]): Draft {
  const grafted = graft(choice, residues, { dialect: DIALECT, depth: 2 });
  const { message, ...rest } = grafted;
  return message === undefined ? grafted : { ...rest, delta: message };
}

function takeMeta(event: Extract<Event, { type: "meta" }>, state: State): readonly Frame[] {
  const tier = encodeReplyTier(event);
  if (tier !== undefined) state.head = { ...state.head, service_tier: tier };
  const own = ownResidues(event.ext, DIALECT);
  if (event.candidate === undefined) {
    state.pending = [...state.pending, ...own];
    return [];
  }
  const opening = role(event.candidate, state);
  state.choices.get(event.candidate)?.keep(own);
  return opening;
}

function usageChunk(state: State): readonly Frame[] {
  const { client, usage, pending } = state;
  if (usage !== undefined && client.streamUsage) return [chunk(state, [], encodeUsage(usage))];
  // What came last, such as safety results, still has to reach the client.
  return pending.every(isOfUsage) ? [] : [chunk(state, [])];
}
