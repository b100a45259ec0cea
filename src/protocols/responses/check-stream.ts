// The order of a streamed Responses reply (translation.md A.2 "Stream order", "Inner events" and "SDK accumulator", D.4).
import { asRecord, asString, member, type JsonRecord } from "../../lib/json.ts";
import { checkBodies, ENOUGH, ON, OVER, stepFor, type Step } from "../kit/check-frames.ts";
import {
  count,
  filled,
  firstOf,
  list,
  numberIn,
  object,
  record,
  recordsIn,
  text,
} from "../kit/shape.ts";
import type { Shape } from "../kit/shape.ts";
import type { StreamCheck } from "../protocol.ts";
import { annotation, endFault, item, part, response } from "./check-reply.ts";

const inItem = { item_id: filled, output_index: count } as const;
const inPart = { ...inItem, content_index: count } as const;
const inSummary = { ...inItem, summary_index: count } as const;

/** Inner events whose members the SDK relies on. */
const SHAPES: Readonly<Record<string, Shape>> = {
  "response.output_item.added": record({ output_index: count, item }),
  "response.output_item.done": record({ output_index: count, item }),
  "response.content_part.added": record({ ...inPart, part }),
  "response.content_part.done": record({ ...inPart, part }),
  "response.output_text.delta": record({ ...inPart, delta: text, logprobs: list(object) }),
  "response.output_text.done": record({ ...inPart, text, logprobs: list(object) }),
  "response.output_text.annotation.added": record({
    ...inPart,
    annotation_index: count,
    annotation,
  }),
  "response.refusal.delta": record({ ...inPart, delta: text }),
  "response.refusal.done": record({ ...inPart, refusal: text }),
  "response.reasoning_text.delta": record({ ...inPart, delta: text }),
  "response.reasoning_text.done": record({ ...inPart, text }),
  "response.reasoning_summary_part.added": record({ ...inSummary, part: object }),
  "response.reasoning_summary_part.done": record({ ...inSummary, part: object }),
  "response.reasoning_summary_text.delta": record({ ...inSummary, delta: text }),
  "response.reasoning_summary_text.done": record({ ...inSummary, text }),
  "response.function_call_arguments.delta": record({ ...inItem, delta: text }),
  "response.function_call_arguments.done": record({ ...inItem, name: filled, arguments: text }),
  "response.custom_tool_call_input.delta": record({ ...inItem, delta: text }),
  "response.custom_tool_call_input.done": record({ ...inItem, input: text }),
};
/** Progress of hosted tools, which this vendor alone has. */
const HOSTED =
  /^response\.(?:web_search_call|file_search_call|code_interpreter_call|code_interpreter_call_code|image_generation_call|mcp_call|mcp_call_arguments|mcp_list_tools|shell_call_command|shell_call_output_content|apply_patch_call_operation_diff)\./;

const ENDS: Readonly<Record<string, string>> = {
  "response.completed": "completed",
  "response.incomplete": "incomplete",
  "response.failed": "failed",
};

/** An item that was announced. */
type Item = {
  readonly id: string;
  readonly type: string;
  done: boolean;
  readonly written: Map<string, string>;
};
type State = {
  sequence: number;
  phase: "before" | "created" | "running";
  /** An error was told. */
  failed: boolean;
  readonly items: Item[];
};

/** Judges one streamed reply. */
export function checkStream(): StreamCheck {
  const state: State = { sequence: 0, phase: "before", failed: false, items: [] };
  return checkBodies(({ event, body }) => {
    const type = asString(member(body, "type")) ?? "";
    if (event !== type)
      return { fault: `the event ${event ?? "without a name"} has the type ${type}` };
    const number = numberIn(body, "sequence_number");
    if (number !== state.sequence) {
      return { fault: `sequence_number ${number}, expected ${state.sequence}` };
    }
    state.sequence += 1;
    return judge(type, body, state);
  });
}

function judge(type: string, body: JsonRecord, state: State): Step {
  // The vendor sends both events of a failure, this one last.
  if (state.failed && type !== "response.failed") return { fault: `${type} after an error` };
  switch (type) {
    case "response.created":
    case "response.in_progress":
      return stepFor(begin(type, body, state));
    case "error":
      state.failed = true;
      return stepFor(record({ message: text })(body, ""), ENOUGH);
    case "response.completed":
    case "response.incomplete":
    case "response.failed":
      return stepFor(finish(type, body, state), OVER);
    default:
      return inner(type, body, state);
  }
}

function begin(type: string, body: JsonRecord, state: State): string | undefined {
  const isFirst = type === "response.created";
  if (isFirst !== (state.phase === "before")) return `${type} out of order`;
  if (state.items.length > 0) return `${type} after the first item`;
  state.phase = isFirst ? "created" : "running";
  const fault = record({ response })(body, "");
  if (fault !== undefined) return fault;
  const given = asRecord(member(body, "response")) ?? {};
  if (recordsIn(given, "output").length > 0) return `${type} with output`;
  return member(given, "status") === "in_progress" ? undefined : `${type} with another status`;
}

function inner(type: string, body: JsonRecord, state: State): Step {
  if (HOSTED.test(type)) return state.phase === "before" ? { fault: `${type} too early` } : ON;
  const shape = Object.hasOwn(SHAPES, type) ? SHAPES[type] : undefined;
  if (shape === undefined) return { fault: `the SDK throws at the unknown event ${type}` };
  if (state.phase === "before") return { fault: `${type} before response.created` };
  const fault = shape(body, "");
  if (fault !== undefined) return { fault };
  if (type === "response.output_item.added") return stepFor(announce(body, state));
  const index = numberIn(body, "output_index");
  const current = state.items[index];
  if (current === undefined || current.done)
    return { fault: `${type} for item ${index}, which is not open` };
  if (type === "response.output_item.done") return stepFor(complete(body, current));
  if (member(body, "item_id") !== current.id) return { fault: `${type} names another item` };
  return stepFor(write(type, body, current));
}

/** The SDK pushes items, so they come in the order of their indexes. */
function announce(body: JsonRecord, state: State): string | undefined {
  const index = numberIn(body, "output_index");
  if (index !== state.items.length) return `item ${index}, expected ${state.items.length}`;
  const given = asRecord(member(body, "item")) ?? {};
  const id = asString(member(given, "id")) ?? "";
  const type = asString(member(given, "type")) ?? "";
  state.items.push({ id, type, done: false, written: new Map() });
  return state.items.some((other, at) => at !== index && other.id === id && id !== "")
    ? `two items with the id ${id}`
    : undefined;
}

/** Where each kind of `done` repeats what the deltas said. */
const REPEATS: Readonly<Record<string, string>> = {
  output_text: "text",
  refusal: "refusal",
  reasoning_text: "text",
  reasoning_summary_text: "text",
  function_call_arguments: "arguments",
  custom_tool_call_input: "input",
};

function write(type: string, body: JsonRecord, current: Item): string | undefined {
  const [, kind = "", action = ""] = type.split(".");
  const at = Math.max(numberIn(body, "content_index"), numberIn(body, "summary_index"), 0);
  const part = `part ${at}`;
  const hasPart = current.written.has(part);
  if (kind === "content_part" || kind === "reasoning_summary_part") {
    if (action !== "added") return hasPart ? undefined : `${part} was not added`;
    current.written.set(part, "");
    return hasPart ? `${part} is added twice` : undefined;
  }
  const needsPart = kind !== "function_call_arguments" && kind !== "custom_tool_call_input";
  if (needsPart && !hasPart) return `${type} outside of a part`;
  return action === "annotation" ? undefined : repeat(type, body, current);
}

/** What is done says once more what its deltas said. */
function repeat(type: string, body: JsonRecord, { written }: Item): string | undefined {
  const [, kind = "", action = ""] = type.split(".");
  const key = `${kind} ${Math.max(numberIn(body, "content_index"), numberIn(body, "summary_index"))}`;
  const before = written.get(key) ?? "";
  if (action !== "delta") {
    const whole = member(body, REPEATS[kind] ?? "");
    return whole === before ? undefined : `${type} does not repeat what its deltas said`;
  }
  written.set(key, before + (asString(member(body, "delta")) ?? ""));
  return undefined;
}

function complete(body: JsonRecord, current: Item): string | undefined {
  current.done = true;
  const given = asRecord(member(body, "item")) ?? {};
  const same = (member(given, "id") ?? "") === current.id && member(given, "type") === current.type;
  if (!same) return "the item that is done is not the one that was added";
  return member(given, "status") === "in_progress"
    ? "an item that is done is in progress"
    : undefined;
}

function finish(type: string, body: JsonRecord, state: State): string | undefined {
  if (state.phase === "before" && !state.failed) return `${type} before response.created`;
  const fault = record({ response })(body, "");
  if (fault !== undefined) return fault;
  const given = asRecord(member(body, "response")) ?? {};
  if (member(given, "status") !== ENDS[type]) return `${type} with another status`;
  if (type === "response.failed") return endFault(given);
  const open = state.items.findIndex((each) => !each.done);
  if (open >= 0) return `item ${open} is not done`;
  const output = recordsIn(given, "output");
  if (output.length !== state.items.length) return "the snapshot has another number of items";
  return (
    firstOf(output, (each, at) =>
      (member(each, "id") ?? "") === state.items[at]?.id &&
      member(each, "type") === state.items[at]?.type
        ? undefined
        : `item ${at} of the snapshot is another one`,
    ) ?? endFault(given)
  );
}
