// The order of Chat Completions chunks (translation.md A.1 "Stream order" and "SDK accumulator", D.3).
import { asRecord, asString, member, type Json, type JsonRecord } from "../../lib/json.ts";
import { checkFrames, OVER, stepFor, toldOf, type Step } from "../kit/check-frames.ts";
import {
  count,
  filled,
  firstOf,
  list,
  nullable,
  numberIn,
  record,
  recordsIn,
  text,
  word,
} from "../kit/shape.ts";
import type { StreamCheck } from "../protocol.ts";
import { annotation, callsFault, finishReason, logprobs, usage } from "./check-reply.ts";

const fragment = record({ index: count }, { function: record({}, { arguments: text }) });
const first = record({ index: count, id: filled, type: word("function", "custom") });
const openingOf: Readonly<Record<string, ReturnType<typeof record>>> = {
  function: record({ function: record({ name: filled, arguments: text }) }),
  custom: record({ custom: record({ name: filled, input: text }) }),
};

const delta = record(
  {},
  {
    role: word("assistant"),
    content: nullable(text),
    refusal: nullable(text),
    reasoning_content: nullable(text),
    tool_calls: list(fragment),
    annotations: list(annotation),
  },
);
const chunk = record(
  {
    id: filled,
    object: word("chat.completion.chunk"),
    created: count,
    model: text,
    choices: list(
      record({ index: count, delta }, { finish_reason: nullable(finishReason), logprobs }),
    ),
  },
  { usage: nullable(usage), service_tier: nullable(text) },
);
const failure = record({ error: record({ message: text }, { type: nullable(text) }) });

/** What one answer has shown so far. */
type Choice = { calls: number; legacy: boolean; finished: boolean };
type State = {
  head: readonly (Json | undefined)[] | undefined;
  readonly choices: Map<number, Choice>;
  counted: boolean;
};

/** Judges one streamed reply. */
export function checkStream(): StreamCheck {
  const state: State = { head: undefined, choices: new Map(), counted: false };
  return checkFrames((frame) => {
    if (frame.kind === "sse" && frame.data === "[DONE]") return done(state);
    const told = toldOf(frame);
    if (!told.ok) return { fault: told.error };
    const { event, body } = told.value;
    if (event !== undefined) return { fault: `an event named ${event}` };
    if (member(body, "error") !== undefined) return stepFor(failure(body, ""), OVER);
    return stepFor(chunk(body, "") ?? takeChunk(body, state));
  });
}

function done({ choices }: State): Step {
  if (choices.size === 0) return { fault: "[DONE] before anything was said" };
  const open = [...choices].find(([, choice]) => !choice.finished);
  return open === undefined ? OVER : { fault: `choice ${open[0]} has no finish_reason` };
}

function takeChunk(body: JsonRecord, state: State): string | undefined {
  const head = ["id", "created", "model"].map((key) => member(body, key));
  state.head ??= head;
  if (head.some((value, at) => value !== state.head?.[at])) return "id, created or model changed";
  if (state.counted) return "a chunk after the usage";
  const choices = recordsIn(body, "choices");
  if (choices.length === 0) {
    // Only the chunk with the usage, or with a moderation result, speaks of no choice.
    state.counted = asRecord(member(body, "usage")) !== undefined;
    const open = [...state.choices.values()].some((choice) => !choice.finished);
    return state.counted && open ? "usage before every choice has ended" : undefined;
  }
  return firstOf(choices, (choice) => takeChoice(choice, state));
}

function takeChoice(given: JsonRecord, { choices }: State): string | undefined {
  const said = asRecord(member(given, "delta")) ?? {};
  const index = numberIn(given, "index");
  const known = choices.get(index);
  if (known === undefined && member(said, "role") === undefined) {
    return `choice ${index} begins without a role`;
  }
  const choice = known ?? { calls: 0, legacy: false, finished: false };
  choices.set(index, choice);
  if (choice.finished) return `choice ${index} goes on after its end`;
  choice.legacy ||= asRecord(member(said, "function_call")) !== undefined;
  const fault = firstOf(recordsIn(said, "tool_calls"), (call) => takeCall(call, choice));
  const reason = asString(member(given, "finish_reason"));
  if (fault !== undefined || reason === undefined) return fault;
  choice.finished = true;
  const kinds = choice.legacy ? ["function_call"] : choice.calls > 0 ? ["tool_calls"] : [];
  return callsFault(reason, kinds);
}

/** Calls are numbered from 0 in the order in which they begin; the first fragment alone names them. */
function takeCall(call: JsonRecord, choice: Choice): string | undefined {
  const index = numberIn(call, "index");
  if (index > choice.calls) return `call ${index} begins before call ${choice.calls}`;
  if (index < choice.calls) {
    return member(call, "id") === undefined ? undefined : `call ${index} begins twice`;
  }
  choice.calls += 1;
  const type = asString(member(call, "type")) ?? "";
  return first(call, "/tool_calls") ?? openingOf[type]?.(call, "/tool_calls");
}
