// Looks at Messages traffic that is passed through: usage, errors, the end and the first content. Only the few events that
// hold them are parsed; which event it is stands in its first line.
import { asRecord, asString, parseJson, printJson, type Json } from "../../lib/json.ts";
import type { Failure } from "../../ir/failure.ts";
import type { Usage } from "../../ir/reply.ts";
import type { Frame } from "../../wire/frame.ts";
import { eventName, readEvent, type EventRecord } from "../kit/sse-tap.ts";
import type { Inspection, Tap } from "../protocol.ts";
import { errorBody, failureIn } from "./failure.ts";
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
  failure: (body: Json) => (asRecord(body)?.["type"] === "error" ? failureIn(body) : undefined),
  errorFrames: (failure) => [errorFrame(failure)],
};

/** The event that ends a stream that failed; neither `message_delta` nor `message_stop` follows (translation.md D.5). */
export function errorFrame(failure: Failure): Frame {
  return { kind: "sse", event: "error", data: printJson(errorBody(failure)) };
}

const NOTHING: Inspection = { content: false, terminal: false };
const CONTENT: Inspection = { content: true, terminal: false };
const END: Inspection = { content: false, terminal: true };

function inspect(bytes: Uint8Array): Inspection {
  switch (eventName(bytes) ?? "") {
    case "content_block_start":
    case "content_block_delta":
    case "content_block_stop":
      return CONTENT;
    case "message_stop":
      return END;
    case "ping":
      return NOTHING;
    default: {
      const event = readEvent(bytes);
      return event === undefined ? NOTHING : inspectEvent(event);
    }
  }
}

function inspectEvent({ type, record, document }: EventRecord): Inspection {
  switch (type) {
    case "message_start": {
      const usage = asRecord(asRecord(record["message"])?.["usage"]);
      return withUsage(NOTHING, usage === undefined ? undefined : decodeUsage(usage, document));
    }
    case "message_delta": {
      const usage = asRecord(record["usage"]);
      const stopped = asString(asRecord(record["delta"])?.["stop_reason"]) !== undefined;
      const seen = { content: false, terminal: stopped };
      return withUsage(seen, usage === undefined ? undefined : decodeUsage(usage, document));
    }
    case "error": {
      const failure = failureIn(record);
      return failure === undefined ? NOTHING : { ...NOTHING, failure };
    }
    case "message_stop":
      return END;
    default:
      return type.startsWith("content_block") ? CONTENT : NOTHING;
  }
}

function withUsage(seen: Inspection, usage: Usage | undefined): Inspection {
  return usage === undefined ? seen : { ...seen, usage };
}
