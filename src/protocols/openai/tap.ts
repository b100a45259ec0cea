// Looks at Chat Completions traffic that is passed through: usage, errors, the end and the first content. A frame is
// parsed only if its bytes hold a marker that ordinary frames lack.
import { compact } from "../../lib/compact.ts";
import { byteAt, indexOf, utf8 } from "../../lib/bytes.ts";
import { parseJson } from "../../lib/json.ts";
import type { Failure } from "../../ir/failure.ts";
import type { Usage } from "../../ir/reply.ts";
import { eventData } from "../kit/sse-tap.ts";
import type { Inspection, Tap } from "../protocol.ts";
import { errorFrame } from "../kit/openai-failure-encode.ts";
import { failureIn } from "../kit/openai-failure.ts";
import { decodeUsage, usageRecord } from "./usage.ts";

/** The tap of this protocol. */
export const tap: Tap = {
  frame: inspect,
  usage: findUsage,
  failure: failureIn,
  errorFrames: (failure) => [errorFrame(failure)],
};

const USAGE = utf8('"usage"');
const ERROR = utf8('"error"');
const FINISH = utf8('"finish_reason"');
const DONE = utf8("[DONE]");
/** Members that carry generated content when they are not empty. */
const CONTENT = [
  '"content"',
  '"tool_calls"',
  '"reasoning_content"',
  '"reasoning"',
  '"reasoning_details"',
  '"refusal"',
  '"function_call"',
  '"audio"',
].map(utf8);

const QUOTE = 0x22;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

function inspect(bytes: Uint8Array): Inspection {
  const content = CONTENT.some((name) => hasContent(bytes, name));
  const finished = opens(bytes, FINISH, isQuote) && !isEmptyAfter(bytes, FINISH);
  const suspect = opens(bytes, ERROR, isErrorStart) || opens(bytes, USAGE, isBrace);
  if (suspect) return { ...inspectParsed(bytes), content, terminal: finished };
  return { content, terminal: finished || isDone(bytes) };
}

function inspectParsed(bytes: Uint8Array): { usage?: Usage; failure?: Failure } {
  const document = parseJson(eventData(bytes));
  if (!document.ok) return {};
  const { root } = document.value;
  const failure = failureIn(root);
  const usage = usageRecord(root);
  return compact({
    failure,
    usage: usage === undefined ? undefined : decodeUsage(usage, document.value),
  });
}

function isDone(bytes: Uint8Array): boolean {
  return bytes.byteLength < 64 && indexOf(bytes, DONE) >= 0 && eventData(bytes).trim() === "[DONE]";
}

/** Position of the first byte of the value of a member's next occurrence; -1 if there is none. */
function valueAt(bytes: Uint8Array, name: Uint8Array, from = 0): number {
  for (
    let found = indexOf(bytes, name, from);
    found >= 0;
    found = indexOf(bytes, name, found + 1)
  ) {
    const colon = skipSpace(bytes, found + name.byteLength);
    const at = skipSpace(bytes, colon + 1);
    if (bytes[colon] === COLON && at < bytes.byteLength) return at;
  }
  return -1;
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x09) at += 1;
  return at;
}

function opens(bytes: Uint8Array, name: Uint8Array, wanted: (byte: number) => boolean): boolean {
  const byte = bytes[valueAt(bytes, name)];
  return byte !== undefined && wanted(byte);
}

function isQuote(byte: number): boolean {
  return byte === QUOTE;
}

function isBrace(byte: number): boolean {
  return byte === OPEN_BRACE;
}

function isErrorStart(byte: number): boolean {
  return byte === OPEN_BRACE || byte === QUOTE;
}

function isEmptyAfter(bytes: Uint8Array, name: Uint8Array): boolean {
  return bytes[valueAt(bytes, name) + 1] === QUOTE;
}

/** Whether a member holds a non-empty string, list or record, wherever it occurs. */
function hasContent(bytes: Uint8Array, name: Uint8Array): boolean {
  for (let at = valueAt(bytes, name); at >= 0; at = valueAt(bytes, name, at)) {
    if (isFilled(bytes, at)) return true;
  }
  return false;
}

function isFilled(bytes: Uint8Array, at: number): boolean {
  const first = byteAt(bytes, at);
  const second = byteAt(bytes, skipSpace(bytes, at + 1));
  if (first === QUOTE) return bytes[at + 1] !== QUOTE;
  if (first === OPEN_BRACKET) return second !== CLOSE_BRACKET;
  return first === OPEN_BRACE && second !== CLOSE_BRACE;
}

/** Usage of a buffered body without parsing the rest of it, which may be megabytes of vectors. */
function findUsage(body: Uint8Array): Usage | undefined {
  const text = new TextDecoder().decode(body);
  for (let at = text.lastIndexOf('"usage"'); at >= 0; at = text.lastIndexOf('"usage"', at - 1)) {
    const start = text.indexOf("{", at);
    const usage = start < 0 ? undefined : usageAt(text, start);
    if (usage !== undefined) return usage;
    if (at === 0) break;
  }
  return undefined;
}

function usageAt(text: string, start: number): Usage | undefined {
  const end = endOfObject(text, start);
  const document = end < 0 ? undefined : parseJson(`{"usage":${text.slice(start, end)}}`);
  if (document?.ok !== true) return undefined;
  const record = usageRecord(document.value.root);
  return record === undefined ? undefined : decodeUsage(record, document.value);
}

/** Index after the brace that closes the object at `start`; -1 if it stays open. */
function endOfObject(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (inString) {
      if (unit === 0x5c) at += 1;
      else if (unit === QUOTE) inString = false;
    } else if (unit === QUOTE) inString = true;
    else if (unit === OPEN_BRACE) depth += 1;
    else if (unit === CLOSE_BRACE && --depth === 0) return at + 1;
  }
  return -1;
}
