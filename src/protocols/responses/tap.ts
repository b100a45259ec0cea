// Looks at Responses traffic that is passed through. Only the events that carry the whole response are parsed; which event
// it is stands in its first line.
import {
  asRecord,
  asString,
  parseJson,
  printJson,
  type Json,
  type JsonDocument,
} from "../../lib/json.ts";
import type { Failure } from "../../ir/failure.ts";
import type { Usage } from "../../ir/reply.ts";
import type { Frame } from "../../wire/frame.ts";
import { errorBody } from "../kit/openai-failure-encode.ts";
import { errorDetail, failureOf } from "../kit/openai-failure.ts";
import { eventName, readEvent, type EventRecord } from "../kit/sse-tap.ts";
import type { Inspection, Tap } from "../protocol.ts";
import { decodeUsage } from "./usage.ts";

/** The tap of this protocol. */
export const tap: Tap = {
  frame: inspect,
  usage: (body) => {
    const document = parseJson(new TextDecoder().decode(body));
    return document.ok ? usageIn(document.value.root, document.value) : undefined;
  },
  failure: failedResponse,
  errorFrames: (failure) => [errorFrame(failure)],
};

/**
 * The event that ends a stream that failed. `response.failed` would need the whole response and its place in the
 * sequence, which a byte relay does not know; `error` is the dialect's event for failures outside a response, and the SDK
 * raises it.
 */
export function errorFrame(failure: Failure): Frame {
  const inner = asRecord(asJson(errorBody(failure)))?.["error"];
  const error = asRecord(inner) ?? {};
  const data = {
    type: "error",
    code: asString(error["code"]) ?? asString(error["type"]) ?? "server_error",
    message: failure.message,
    param: asString(error["param"]) ?? null,
    sequence_number: 0,
  };
  return { kind: "sse", event: "error", data: printJson(data) };
}

function asJson(body: Parameters<typeof printJson>[0]): Json {
  const document = parseJson(printJson(body));
  return document.ok ? document.value.root : null;
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
    const failure =
      type === "error"
        ? failureOf(errorDetail({ error: record }), undefined)
        : failedResponse(record["response"] ?? null);
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

/** A response whose status is `failed`, or an error object in its place. */
function failedResponse(body: Json): Failure | undefined {
  const record = asRecord(body);
  const error = record?.["error"] ?? null;
  if (record === undefined || error === null) return undefined;
  const detail = errorDetail({ error });
  return failureOf(detail, undefined);
}

function usageIn(root: Json, document: JsonDocument): Usage | undefined {
  const usage = asRecord(asRecord(root)?.["usage"]);
  return usage === undefined ? undefined : decodeUsage(usage, document);
}
