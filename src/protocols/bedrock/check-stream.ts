// The order of a ConverseStream reply (translation.md A.5 "Stream order" and "Stream exceptions", D.6).
import { asRecord, asString, member, type JsonRecord } from "../../lib/json.ts";
import type { Frame } from "../../wire/frame.ts";
import { checkFrames, OVER, stepFor, toldOf, type Step } from "../kit/check-frames.ts";
import {
  anything,
  count,
  filled,
  numberIn,
  object,
  record,
  text,
  union,
  word,
} from "../kit/shape.ts";
import type { StreamCheck } from "../protocol.ts";
import { callsFault, metrics, stopReason, usage } from "./check-reply.ts";

const start = union({
  toolUse: record({ toolUseId: filled, name: filled }),
  toolResult: record({ toolUseId: filled }),
  image: object,
});
const delta = union({
  text,
  toolUse: record({ input: text }),
  toolResult: anything,
  reasoningContent: union({ text, signature: text, redactedContent: text }),
  citation: object,
  image: object,
});
const EXCEPTIONS: readonly string[] = [
  "internalServerException",
  "modelStreamErrorException",
  "validationException",
  "throttlingException",
  "serviceUnavailableException",
];

type State = {
  phase: "before" | "content" | "stopped";
  /** Number of the next block. */
  next: number;
  /** Kind of the block that is open, as its pieces or its start tell. */
  open: string | undefined;
  called: boolean;
};

/** Judges one streamed reply. */
export function checkStream(): StreamCheck {
  const state: State = { phase: "before", next: 0, open: undefined, called: false };
  return checkFrames((frame) => {
    if (frame.kind !== "message") return { fault: "a frame of another framing" };
    const told = toldOf(frame);
    if (!told.ok) return { fault: told.error };
    const { event = "", body } = told.value;
    if (header(frame, ":content-type") !== "application/json") return { fault: "no :content-type" };
    const kind = header(frame, ":message-type");
    if (kind === "exception") return exception(event, body);
    return kind === "event" ? judge(event, body, state) : { fault: "no :message-type" };
  });
}

function header(frame: Extract<Frame, { kind: "message" }>, name: string): string | undefined {
  const value = frame.headers.get(name);
  return value?.type === "string" ? value.value : undefined;
}

function exception(type: string, body: JsonRecord): Step {
  if (!EXCEPTIONS.includes(type)) return { fault: `the SDK knows no exception ${type}` };
  return stepFor(record({ message: text })(body, ""), OVER);
}

function judge(event: string, body: JsonRecord, state: State): Step {
  switch (event) {
    case "messageStart":
      return stepFor(begin(body, state));
    case "contentBlockStart":
      return stepFor(record({ contentBlockIndex: count, start })(body, "") ?? open(body, state));
    case "contentBlockDelta":
      return stepFor(record({ contentBlockIndex: count, delta })(body, "") ?? piece(body, state));
    case "contentBlockStop":
      return stepFor(record({ contentBlockIndex: count })(body, "") ?? close(body, state));
    case "messageStop":
      return stepFor(record({ stopReason })(body, "") ?? finish(body, state));
    case "metadata": {
      const order = state.phase === "stopped" ? undefined : "metadata before messageStop";
      return stepFor(order ?? record({ usage, metrics })(body, ""), OVER);
    }
    default:
      return { fault: `an event of the unknown type ${event}` };
  }
}

function begin(body: JsonRecord, state: State): string | undefined {
  if (state.phase !== "before") return "a second messageStart";
  state.phase = "content";
  return record({ role: word("assistant") })(body, "");
}

function open(body: JsonRecord, state: State): string | undefined {
  const fault = expectNext(body, state);
  const kind = Object.keys(asRecord(member(body, "start")) ?? {})[0] ?? "";
  state.open = kind;
  state.called ||= kind === "toolUse";
  return fault;
}

function expectNext(body: JsonRecord, state: State): string | undefined {
  if (state.phase !== "content") return `a block ${state.phase} messageStart or after messageStop`;
  if (state.open !== undefined) return `block ${state.next - 1} is still open`;
  const index = numberIn(body, "contentBlockIndex");
  if (index !== state.next) return `block ${index}, expected ${state.next}`;
  state.next += 1;
  return undefined;
}

/** Text and reasoning have no start: their first piece is it. */
function piece(body: JsonRecord, state: State): string | undefined {
  const kind = Object.keys(asRecord(member(body, "delta")) ?? {})[0] ?? "";
  if (state.open === undefined) {
    if (kind === "toolUse") return "a piece of a call that has not begun";
    const fault = expectNext(body, state);
    state.open = kind;
    return fault;
  }
  const index = numberIn(body, "contentBlockIndex");
  if (index !== state.next - 1) return `block ${index}, ${state.next - 1} is open`;
  const fits = kind === state.open || (isCited(kind) && isCited(state.open));
  return fits ? undefined : `${kind} in a block of ${state.open}`;
}

function isCited(kind: string): boolean {
  return kind === "text" || kind === "citation";
}

function close(body: JsonRecord, state: State): string | undefined {
  if (state.open === undefined) return "no block is open";
  state.open = undefined;
  const index = numberIn(body, "contentBlockIndex");
  return index === state.next - 1 ? undefined : `block ${index}, ${state.next - 1} is open`;
}

function finish(body: JsonRecord, state: State): string | undefined {
  if (state.phase !== "content") return "messageStop out of order";
  if (state.open !== undefined) return `block ${state.next - 1} is still open`;
  state.phase = "stopped";
  return callsFault(asString(member(body, "stopReason")), state.called);
}
