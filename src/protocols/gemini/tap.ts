// Looks at Gemini traffic that is passed through, as server-sent events or as elements of a JSON array. Every chunk is a
// whole response object, so each is parsed.
import {
  asArray,
  asRecord,
  asString,
  parseJson,
  printJson,
  type Json,
  type JsonDocument,
  type JsonRecord,
} from "../../lib/json.ts";
import type { Failure } from "../../ir/failure.ts";
import type { Usage } from "../../ir/reply.ts";
import type { Frame } from "../../wire/frame.ts";
import { eventData } from "../kit/sse-tap.ts";
import type { Framing, Inspection, Tap } from "../protocol.ts";
import { errorBody, failureIn } from "./failure.ts";
import { decodeUsage } from "./usage.ts";

/** The tap of this protocol. */
export const tap: Tap = {
  frame: inspect,
  usage: (body) => {
    const document = parseJson(new TextDecoder().decode(body));
    return document.ok ? usageIn(document.value.root, document.value) : undefined;
  },
  failure: failureIn,
  errorFrames: (failure, framing) => [errorFrame(failure, framing)],
};

/** The event or element that ends a stream that failed. */
function errorFrame(failure: Failure, framing: Framing): Frame {
  const text = printJson(errorBody(failure));
  return framing === "json-array"
    ? { kind: "element", text }
    : { kind: "sse", event: undefined, data: text };
}

const NOTHING: Inspection = { content: false, terminal: false };

function inspect(bytes: Uint8Array, framing: Framing): Inspection {
  const text = framing === "json-array" ? elementText(bytes) : eventData(bytes);
  const document = text === "" ? undefined : parseJson(text);
  if (document?.ok !== true) return NOTHING;
  const { root } = document.value;
  const failure = failureIn(root);
  const usage = usageIn(root, document.value);
  const candidates = asArray(asRecord(root)?.["candidates"]) ?? [];
  return {
    content: candidates.some((candidate) => hasParts(asRecord(candidate))),
    terminal: candidates.some(isFinished) || isBlocked(asRecord(root)),
    ...(failure === undefined ? {} : { failure }),
    ...(usage === undefined ? {} : { usage }),
  };
}

/** A piece of the array without the bracket or comma in front of its element. */
function elementText(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes);
  const start = text.indexOf("{");
  return start < 0 ? "" : text.slice(start);
}

function hasParts(candidate: JsonRecord | undefined): boolean {
  const parts = asArray(asRecord(candidate?.["content"])?.["parts"]) ?? [];
  return parts.some((part) => {
    const record = asRecord(part);
    return record !== undefined && (record["text"] === undefined || record["text"] !== "");
  });
}

function isFinished(candidate: Json): boolean {
  return asString(asRecord(candidate)?.["finishReason"]) !== undefined;
}

/** A blocked prompt is answered without candidates (E251). */
function isBlocked(root: JsonRecord | undefined): boolean {
  return asString(asRecord(root?.["promptFeedback"])?.["blockReason"]) !== undefined;
}

function usageIn(root: Json, document: JsonDocument): Usage | undefined {
  const usage = asRecord(asRecord(root)?.["usageMetadata"]);
  return usage === undefined ? undefined : decodeUsage(usage, document);
}
