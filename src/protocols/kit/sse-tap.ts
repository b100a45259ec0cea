// Looks into the raw bytes of one server-sent event.
import { byteAt } from "../../lib/bytes.ts";
import {
  asRecord,
  asString,
  parseJson,
  type JsonDocument,
  type JsonRecord,
} from "../../lib/json.ts";

const DECODER = new TextDecoder();
const EVENT = [0x65, 0x76, 0x65, 0x6e, 0x74, 0x3a] as const;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
/** Longest event name that is looked for. */
const MAX_NAME = 80;

/** The name in the first line (`event: NAME`), without touching the rest; `undefined` if the first line is another. */
export function eventName(bytes: Uint8Array): string | undefined {
  for (let i = 0; i < EVENT.length; i++) if (bytes[i] !== EVENT[i]) return undefined;
  const start = byteAt(bytes, EVENT.length) === SPACE ? EVENT.length + 1 : EVENT.length;
  let end = start;
  while (end < start + MAX_NAME && end < bytes.byteLength && bytes[end] !== LF && bytes[end] !== CR)
    end++;
  return DECODER.decode(bytes.subarray(start, end));
}

/** The data of one whole event; lines of several `data:` fields are joined. */
export function eventData(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (const line of DECODER.decode(bytes).split(/\r\n|\r|\n/)) {
    if (line.startsWith("data:")) lines.push(line.slice(line[5] === " " ? 6 : 5));
  }
  return lines.join("\n");
}

/** An event whose data is an object. */
export type EventRecord = {
  readonly type: string;
  readonly record: JsonRecord;
  readonly document: JsonDocument;
};

/** Parses an event; its type is the member `type`. `undefined` if the data is no object with a type. */
export function readEvent(bytes: Uint8Array): EventRecord | undefined {
  const parsed = parseJson(eventData(bytes));
  const record = parsed.ok ? asRecord(parsed.value.root) : undefined;
  const type = asString(record?.["type"]);
  if (!parsed.ok || record === undefined || type === undefined) return undefined;
  return { type, record, document: parsed.value };
}
