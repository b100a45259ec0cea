// The order of a streamed message (translation.md A.3 "Stream order", "Deltas" and "SDK accumulator", D.5).
import { entry } from "../../lib/entry.ts";
import { asRecord, asString, member, parseJson, type JsonRecord } from "../../lib/json.ts";
import { checkBodies, ON, OVER, stepFor, type Step } from "../kit/check-frames.ts";
import { count, filled, numberIn, record, recordsIn, tagged, text } from "../kit/shape.ts";
import type { StreamCheck } from "../protocol.ts";
import { block, callsFault, message, stop, usage } from "./check-reply.ts";

const failure = record({ error: record({ type: filled, message: text }) });
const delta = tagged("type", {
  text_delta: record({ text }),
  input_json_delta: record({ partial_json: text }),
  thinking_delta: record({ thinking: text }),
  signature_delta: record({ signature: text }),
  citations_delta: record({ citation: record({ type: filled }) }),
  compaction_delta: record({}),
});

/** Which pieces a kind of block comes in; a kind that is not listed comes whole. */
const PIECES: Readonly<Record<string, readonly string[]>> = {
  text: ["text_delta", "citations_delta"],
  thinking: ["thinking_delta", "signature_delta"],
  tool_use: ["input_json_delta"],
  server_tool_use: ["input_json_delta"],
  mcp_tool_use: ["input_json_delta"],
  compaction: ["compaction_delta"],
};

type State = {
  phase: "before" | "content" | "stopped";
  /** Number of the next block. */
  next: number;
  open: { readonly type: string; signed: boolean; json: string } | undefined;
  called: boolean;
};

/** Judges one streamed reply. */
export function checkStream(): StreamCheck {
  const state: State = { phase: "before", next: 0, open: undefined, called: false };
  return checkBodies(({ event, body }) => {
    const type = asString(member(body, "type"));
    if (type === undefined || type !== event) {
      return { fault: `the event ${event ?? "without a name"} has the type ${type ?? "nothing"}` };
    }
    return judge(type, body, state);
  });
}

function judge(type: string, body: JsonRecord, state: State): Step {
  switch (type) {
    case "ping":
      return state.phase === "before" ? { fault: "ping before message_start" } : ON;
    case "error":
      return stepFor(failure(body, ""), OVER);
    case "message_start":
      return stepFor(start(body, state));
    case "content_block_start":
      return stepFor(expectPhase(state, "content") ?? open(body, state));
    case "content_block_delta":
      return stepFor(expectOpen(body, state) ?? piece(body, state));
    case "content_block_stop":
      return stepFor(expectOpen(body, state) ?? close(state));
    case "message_delta":
      return stepFor(expectPhase(state, "content") ?? finish(body, state));
    case "message_stop":
      return stepFor(expectPhase(state, "stopped"), OVER);
    default:
      return { fault: `an event of the unknown type ${type}` };
  }
}

function expectPhase(state: State, phase: State["phase"]): string | undefined {
  if (state.phase !== phase) return `out of order: ${phase} expected, ${state.phase} it is`;
  return state.open === undefined ? undefined : `block ${state.next - 1} is still open`;
}

function start(body: JsonRecord, state: State): string | undefined {
  const fault = expectPhase(state, "before") ?? record({ message })(body, "");
  state.phase = "content";
  if (fault !== undefined) return fault;
  const given = asRecord(member(body, "message")) ?? {};
  if (recordsIn(given, "content").length > 0) return "message_start with content";
  return member(given, "stop_reason") === null ? undefined : "message_start with a stop_reason";
}

function open(body: JsonRecord, state: State): string | undefined {
  const fault = record({ index: count, content_block: block })(body, "");
  if (fault !== undefined) return fault;
  const index = numberIn(body, "index");
  if (index !== state.next) return `block ${index}, expected ${state.next}`;
  const type = asString(asRecord(member(body, "content_block"))?.["type"]) ?? "";
  state.next += 1;
  state.open = { type, signed: false, json: "" };
  state.called ||= type === "tool_use";
  return undefined;
}

function expectOpen(body: JsonRecord, state: State): string | undefined {
  if (state.open === undefined) return "no block is open";
  const index = numberIn(body, "index");
  return index === state.next - 1 ? undefined : `block ${index}, ${state.next - 1} is open`;
}

function piece(body: JsonRecord, { open: current }: State): string | undefined {
  const fault = record({ delta })(body, "");
  if (fault !== undefined || current === undefined) return fault;
  const given = asRecord(member(body, "delta")) ?? {};
  const type = asString(member(given, "type")) ?? "";
  if (entry(PIECES, current.type)?.includes(type) !== true)
    return `${type} in a ${current.type} block`;
  // A second signature replaces the first, and text after it belongs to no proof.
  if (current.signed) return `${type} after the signature`;
  current.signed = type === "signature_delta";
  if (type === "input_json_delta") current.json += asString(member(given, "partial_json")) ?? "";
  return undefined;
}

function close(state: State): string | undefined {
  const { type, json } = state.open ?? { type: "", json: "" };
  state.open = undefined;
  if (json === "" || entry(PIECES, type)?.includes("input_json_delta") !== true) return undefined;
  const parsed = parseJson(json);
  const isObject = parsed.ok && asRecord(parsed.value.root) !== undefined;
  // Arguments that the model left unfinished stay as they are: the SDK reads them as far as they go.
  return isObject || json.startsWith("{")
    ? undefined
    : "the pieces of the input are no JSON object";
}

function finish(body: JsonRecord, state: State): string | undefined {
  state.phase = "stopped";
  const fault = record({ delta: stop, usage })(body, "");
  const reason = asString(asRecord(member(body, "delta"))?.["stop_reason"]);
  return fault ?? callsFault(reason, state.called);
}
