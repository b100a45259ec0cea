// Looks at Cohere traffic that is passed through; which event it is stands in its first line.
import { asRecord, asString, parseJson, printJson } from "../../lib/json.ts";
import type { Failure } from "../../ir/failure.ts";
import type { Frame } from "../../wire/frame.ts";
import { eventName, readEvent, type EventRecord } from "../kit/sse-tap.ts";
import type { Inspection, Tap } from "../protocol.ts";
import { failureIn } from "./failure.ts";
import { decodeUsage } from "./usage.ts";

/** The tap of this protocol. */
export const tap: Tap = {
  frame: inspect,
  usage: (body) => {
    const document = parseJson(new TextDecoder().decode(body));
    if (!document.ok) return undefined;
    const usage = asRecord(asRecord(document.value.root)?.["usage"]);
    return usage === undefined ? undefined : decodeUsage(usage, document.value);
  },
  failure: failureIn,
  errorFrames: (failure) => [errorFrame(failure)],
};

/** The event that ends a stream that failed (translation.md D.6). */
export function errorFrame(failure: Failure): Frame {
  const delta = { finish_reason: "ERROR", error: failure.message };
  return { kind: "sse", event: "message-end", data: printJson({ type: "message-end", delta }) };
}

const NOTHING: Inspection = { content: false, terminal: false };
const CONTENT: Inspection = { content: true, terminal: false };

function inspect(bytes: Uint8Array): Inspection {
  const name = eventName(bytes);
  if (name === undefined || name === "message-end") {
    const event = readEvent(bytes);
    return event === undefined ? NOTHING : inspectEvent(event);
  }
  return name === "message-start" ? NOTHING : CONTENT;
}

function inspectEvent({ type, record, document }: EventRecord): Inspection {
  if (type !== "message-end") return type === "message-start" ? NOTHING : CONTENT;
  const delta = asRecord(record["delta"]);
  const error = asString(delta?.["error"]);
  const usage = asRecord(delta?.["usage"]);
  const failure: Failure | undefined =
    error !== undefined && delta?.["finish_reason"] === "ERROR"
      ? { class: "server-error", message: error }
      : undefined;
  return {
    content: false,
    terminal: failure === undefined,
    ...(failure === undefined ? {} : { failure }),
    ...(usage === undefined ? {} : { usage: decodeUsage(usage, document) }),
  };
}
