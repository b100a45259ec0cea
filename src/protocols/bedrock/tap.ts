// Looks at Converse traffic that is passed through: event-stream messages tell their kind in a header.
import { asRecord, asString, parseJson, printJson, type Json } from "../../lib/json.ts";
import type { Failure } from "../../ir/failure.ts";
import type { Usage } from "../../ir/reply.ts";
import {
  decodeMessage,
  exceptionMessage,
  stringHeader,
  type Message,
} from "../../wire/eventstream.ts";
import type { Frame } from "../../wire/frame.ts";
import type { Inspection, Tap } from "../protocol.ts";
import { errorBody, failureOf, streamException } from "./failure.ts";
import { decodeUsage } from "./usage.ts";

/** The tap of this protocol. */
export const tap: Tap = {
  frame: inspect,
  usage: usageIn,
  failure: missingOutput,
  errorFrames: (failure) => [errorFrame(failure)],
};

/** The modelled exception that ends a stream that failed (translation.md D.6). */
function errorFrame(failure: Failure): Frame {
  return exceptionMessage(streamException(failure), printJson(errorBody(failure)));
}

const NOTHING: Inspection = { content: false, terminal: false };

function inspect(bytes: Uint8Array): Inspection {
  // What is left over when a stream breaks off is no message; only a whole one can be wrong.
  if (!isWhole(bytes)) return NOTHING;
  const message = decodeMessage(bytes);
  if (!message.ok) {
    const failure: Failure = { class: "bad-upstream-reply", message: message.error.message };
    return { ...NOTHING, failure };
  }
  const kind = stringHeader(message.value, ":message-type");
  if (kind === "exception" || kind === "error")
    return { ...NOTHING, failure: exceptionIn(message.value) };
  switch (stringHeader(message.value, ":event-type") ?? "") {
    case "contentBlockStart":
    case "contentBlockDelta":
    case "contentBlockStop":
      return { content: true, terminal: false };
    case "messageStop":
      return { content: false, terminal: true };
    case "metadata": {
      const usage = usageIn(message.value.payload);
      return usage === undefined ? NOTHING : { ...NOTHING, usage };
    }
    default:
      return NOTHING;
  }
}

/** Whether the bytes are as many as the length in front of them says. */
function isWhole(bytes: Uint8Array): boolean {
  if (bytes.byteLength < 4) return false;
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) === bytes.byteLength;
}

/** What an exception message says. */
export function exceptionIn(message: Message): Failure {
  const document = parseJson(new TextDecoder().decode(message.payload));
  const body = document.ok ? asRecord(document.value.root) : undefined;
  const name = stringHeader(message, ":exception-type") ?? stringHeader(message, ":error-code");
  const text = asString(body?.["message"]) ?? stringHeader(message, ":error-message");
  return failureOf(name, text ?? "the upstream broke the stream off", undefined);
}

function usageIn(body: Uint8Array): Usage | undefined {
  const document = parseJson(new TextDecoder().decode(body));
  if (!document.ok) return undefined;
  const usage = asRecord(asRecord(document.value.root)?.["usage"]);
  return usage === undefined ? undefined : decodeUsage(usage, document.value);
}

/** A 200 that holds an exception instead of an answer. */
function missingOutput(body: Json): Failure | undefined {
  const record = asRecord(body);
  const name = asString(record?.["__type"]);
  if (record === undefined || name === undefined || record["output"] !== undefined)
    return undefined;
  return failureOf(name.split("#").at(-1), asString(record["message"]) ?? "no output", undefined);
}
