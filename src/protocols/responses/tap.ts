// Looks at Responses traffic that is passed through. Only the events that carry the whole response are parsed; which event
// it is stands in its first line.
import {
  asRecord,
  parseJson,
  printJson,
  type Json,
  type JsonDocument,
  type Printable,
} from "../../lib/json.ts";
import type { Failure } from "../../ir/failure.ts";
import type { Usage } from "../../ir/reply.ts";
import type { Frame } from "../../wire/frame.ts";
import { errorObject } from "../kit/openai-failure-encode.ts";
import { eventName, readEvent, type EventRecord } from "../kit/sse-tap.ts";
import type { Inspection, Tap } from "../protocol.ts";
import { failedResponse, failureMembers } from "./failed-response.ts";
import { decodeUsage } from "./usage.ts";

/** The tap of this protocol. */
export const tap: Tap = {
  frame: inspect,
  usage: (body) => {
    const document = parseJson(new TextDecoder().decode(body));
    return document.ok ? usageIn(document.value.root, document.value) : undefined;
  },
  failure: failedResponse,
  errorFrames,
};

/**
 * Numbers of the last two events of a stream that broke off. Nobody counted the events before them, which passed as bytes;
 * clients sort by the number and resume after it, so it must be greater than any before, and some read it as 32 bits.
 */
const LAST_NUMBER = 2_147_483_647;

/**
 * The events that end a stream that failed, the two that the vendor itself sends: `error`, at which the SDKs throw, and
 * `response.failed` for clients that wait for a terminal event. Its response has no id: that of the upstream's response
 * passed by unread.
 */
function errorFrames(failure: Failure): readonly Frame[] {
  const error = errorObject(failure);
  const { code, message, param } = failureMembers(failure);
  const response = { object: "response", status: "failed", error: { code, message }, output: [] };
  return [
    event({ type: "error", sequence_number: LAST_NUMBER - 1, code, message, param, error }),
    event({ type: "response.failed", sequence_number: LAST_NUMBER, response }),
  ];
}

function event(fields: { readonly type: string; readonly [key: string]: Printable }): Frame {
  return { kind: "sse", event: fields.type, data: printJson(fields) };
}

const NOTHING: Inspection = { content: false, terminal: false };
const CONTENT: Inspection = { content: true, terminal: false };

function inspect(bytes: Uint8Array): Inspection {
  const name = eventName(bytes);
  if (name === undefined || WHOLE.has(name)) {
    const event = readEvent(bytes);
    return event === undefined ? NOTHING : inspectEvent(event);
  }
  return name.startsWith("response.") && !PRELUDE.has(name) ? CONTENT : NOTHING;
}

/** Events that come before anything was generated. */
const PRELUDE: ReadonlySet<string> = new Set([
  "response.created",
  "response.in_progress",
  "response.queued",
]);
/** Events that end the reply. */
const TERMINAL: ReadonlySet<string> = new Set(["response.completed", "response.incomplete"]);
const WHOLE: ReadonlySet<string> = new Set([...TERMINAL, "response.failed", "error"]);

function inspectEvent({ type, record, document }: EventRecord): Inspection {
  if (type === "error" || type === "response.failed") {
    // The error's own object is documented at the top of the event and sent inside of it.
    const failure = failedResponse(
      type === "error" ? { error: record["error"] ?? record } : (record["response"] ?? null),
    );
    return failure === undefined ? NOTHING : { ...NOTHING, failure };
  }
  if (TERMINAL.has(type)) {
    const usage = usageIn(record["response"] ?? null, document);
    return usage === undefined
      ? { content: false, terminal: true }
      : { content: false, terminal: true, usage };
  }
  return type.startsWith("response.") && !PRELUDE.has(type) ? CONTENT : NOTHING;
}

function usageIn(root: Json, document: JsonDocument): Usage | undefined {
  const usage = asRecord(asRecord(root)?.["usage"]);
  return usage === undefined ? undefined : decodeUsage(usage, document);
}
