// Finds a few top-level members of a JSON body without parsing it whole, checks on the way that the body is JSON
// (RFC 8259), and splices values in place. The hot path of same-protocol calls: it walks the structure byte by byte but
// leaves the inside of strings, which is most of a chat request, to searches of the runtime and four bytes at a time.
import { concat, utf8 } from "../lib/bytes.ts";
import { err, ok, type Result } from "../lib/result.ts";
import { createScanner, type Scanner } from "./json-scanner.ts";

/** A part of the body, end exclusive. */
export type Span = { readonly start: number; readonly end: number };

/** A top-level member that was looked for. */
export type Member = {
  /** Its values in order; more than one if the key is duplicated. The last one counts, as in `JSON.parse`. */
  readonly spans: readonly Span[];
  /** The last value, decoded, if it is a string. */
  readonly string?: string;
  /** The last value if it is `true` or `false`. */
  readonly boolean?: boolean;
};

/** What routing needs to know of a body. */
export type Head = {
  /** Whether the document is an object; if not there are no members. */
  readonly object: boolean;
  /** Index after the opening brace, where a member can be inserted. */
  readonly insertAt: number;
  /** Whether the object has members at all. */
  readonly empty: boolean;
  /** The members that were looked for and are there. */
  readonly members: ReadonlyMap<string, Member>;
};

/** What to look for. */
export type HeadOptions = {
  readonly wanted: ReadonlySet<string>;
  /** Deepest nesting; deeper is an error. Default 512. */
  readonly maxDepth?: number;
};

/** Why a body is not JSON, and where (in bytes). */
export type HeadError = { readonly message: string; readonly offset: number };

const DEFAULT_DEPTH = 512;

/** Scans a body. */
export function scanHead(bytes: Uint8Array, options: HeadOptions): Result<Head, HeadError> {
  const scanner = createScanner(bytes, options.maxDepth ?? DEFAULT_DEPTH);
  const found = new Map<string, Span[]>();
  const start = scanner.start();
  const object = bytes[start] === 0x7b;
  const empty = object ? scanMembers(bytes, scanner, options.wanted, found) : scanOther(scanner);
  const problem = scanner.finish();
  if (problem !== undefined) return err(problem);
  const members = new Map<string, Member>();
  for (const [name, spans] of found) members.set(name, readMember(bytes, spans));
  return ok({ object, insertAt: start + 1, empty, members });
}

function scanOther(scanner: Scanner): boolean {
  scanner.value();
  return true;
}

/** Walks the top-level members and notes the places of the wanted ones; says whether there were none at all. */
function scanMembers(
  bytes: Uint8Array,
  scanner: Scanner,
  wanted: ReadonlySet<string>,
  found: Map<string, Span[]>,
): boolean {
  let empty = true;
  for (let key = scanner.openObject(); key !== undefined; key = scanner.nextKey()) {
    empty = false;
    const value = scanner.value();
    if (value === undefined) return empty;
    const name = keyName(bytes, key, wanted);
    if (name === undefined) continue;
    const spans = found.get(name);
    if (spans === undefined) found.set(name, [value]);
    else spans.push(value);
  }
  return empty;
}

/** The name of a key if it is wanted. */
function keyName(bytes: Uint8Array, key: Span, wanted: ReadonlySet<string>): string | undefined {
  const length = key.end - key.start - 2;
  for (const name of wanted) {
    if (name.length === length && sameAscii(bytes, key.start + 1, name)) return name;
  }
  // A key may hide behind escapes: `"mod\u0065l"` is `model` to every parser.
  if (!hasEscape(bytes, key)) return undefined;
  const decoded = decodeString(bytes, key);
  return wanted.has(decoded) ? decoded : undefined;
}

/** A loop, because a search of the runtime would look beyond the key, through the whole body if need be. */
function hasEscape(bytes: Uint8Array, key: Span): boolean {
  for (let at = key.start; at < key.end; at++) {
    if (bytes[at] === 0x5c) return true;
  }
  return false;
}

function sameAscii(bytes: Uint8Array, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    if (bytes[start + i] !== name.charCodeAt(i)) return false;
  }
  return true;
}

function readMember(bytes: Uint8Array, spans: readonly Span[]): Member {
  const last = spans.at(-1);
  if (last === undefined) return { spans };
  const first = bytes[last.start];
  if (first === 0x22) return { spans, string: decodeString(bytes, last) };
  // A value that starts with t or f can only be `true` or `false`.
  if (first === 0x74 || first === 0x66) return { spans, boolean: first === 0x74 };
  return { spans };
}

const DECODER = new TextDecoder();

function decodeString(bytes: Uint8Array, span: Span): string {
  return String(JSON.parse(DECODER.decode(bytes.subarray(span.start, span.end))));
}

/** Replaces every value of a member by other JSON text; all other bytes stay. */
export function spliceValue(bytes: Uint8Array, member: Member, json: string): Uint8Array {
  const replacement = utf8(json);
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (const span of member.spans) {
    pieces.push(bytes.subarray(from, span.start), replacement);
    from = span.end;
  }
  return concat([...pieces, bytes.subarray(from)]);
}

/** Replaces every value of a member by a string; all other bytes stay. */
export function spliceString(bytes: Uint8Array, member: Member, value: string): Uint8Array {
  return spliceValue(bytes, member, JSON.stringify(value));
}

/** Inserts a member, given as JSON text (`"key":value`), as the first one of the object. */
export function insertMember(bytes: Uint8Array, head: Head, json: string): Uint8Array {
  const text = utf8(head.empty ? json : `${json},`);
  return concat([bytes.subarray(0, head.insertAt), text, bytes.subarray(head.insertAt)]);
}
