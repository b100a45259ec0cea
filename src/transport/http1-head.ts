// Reads the head of an HTTP/1.x reply (RFC 9112 sections 4 to 6) and decides how its body is framed. Pure and strict:
// what two readers could understand differently is malformed, because a connection is shared by many callers.
import { err, ok, type Result } from "../lib/result.ts";
import type { TransportHeaders } from "./transport.ts";

/** How the end of a body is found. */
export type Framing =
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "until-close" };

/** A reply's head. */
export type ReplyHead = {
  readonly status: number;
  /** Names in lower case, values without surrounding white space, in wire order. */
  readonly headers: TransportHeaders;
  readonly framing: Framing;
  /** Whether another exchange may follow on the connection. */
  readonly persistent: boolean;
  /** Seconds that the peer promises to keep an idle connection (`keep-alive: timeout=`), if it says so. */
  readonly keepFor: number | undefined;
};

/** What the fields say about framing and connection; filled while they are read. */
type Facts = {
  length: number | undefined;
  chunked: boolean;
  close: boolean;
  keepAlive: boolean;
  keepFor: number | undefined;
};

/**
 * Lower-case forms of the header names that were seen, which spares checking and converting the same few names for each
 * reply. Bounded, because names come from outside.
 */
export type HeaderNames = Map<string, string>;

const MAX_NAMES = 1024;
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: |$)/;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const COLON = 0x3a;
/** Up to 15 digits: a safe integer. */
const DIGITS = /^\d{1,15}$/;
const TIMEOUT = /(?:^|[,;\s])timeout=(\d{1,6})/i;
const EMPTY_BODY: Framing = { kind: "length", length: 0 };

/**
 * Reads a head given as Latin-1 text up to and including the CR LF of its last line, without the empty line.
 * `method` is that of the request, because a reply to HEAD has no body. Fails with the reason it is malformed.
 */
export function parseReplyHead(
  text: string,
  method: string,
  names: HeaderNames,
): Result<ReplyHead, string> {
  const end = lineEnd(text, 0);
  const found = STATUS_LINE.exec(text.slice(0, Math.max(end, 0)));
  if (found === null) return err("the status line is not HTTP/1.x");
  const status = Number(found[2]);
  const oldVersion = found[1] === "0";
  const facts: Facts = {
    length: undefined,
    chunked: false,
    close: false,
    keepAlive: false,
    keepFor: undefined,
  };
  const fields = readFields(text, end + 2, names);
  if (!fields.ok) return fields;
  for (const [name, value] of fields.value) {
    const problem = note(name, value, facts);
    if (problem !== undefined) return err(problem);
  }
  if (facts.chunked && (facts.length !== undefined || oldVersion)) {
    return err("transfer-encoding stands beside content-length or in HTTP/1.0");
  }
  const framing = framingOf(facts, status, method);
  const persistent =
    framing.kind !== "until-close" && !facts.close && (!oldVersion || facts.keepAlive);
  return ok({ status, headers: fields.value, framing, persistent, keepFor: facts.keepFor });
}

function readFields(
  text: string,
  from: number,
  names: HeaderNames,
): Result<[string, string][], string> {
  const fields: [string, string][] = [];
  for (let at = from; at < text.length;) {
    const colon = nameEnd(text, at);
    // A continuation line (obs-fold) and a space before the colon fail here too.
    const name =
      text.charCodeAt(colon) === COLON ? nameOf(text.slice(at, colon), names) : undefined;
    if (name === undefined) return err("a header line does not begin with a name and a colon");
    const start = skipBlanks(text, colon + 1, 1);
    const end = lineEnd(text, start);
    if (end < 0) return err(`the value of ${name} holds NUL, CR or LF`);
    fields.push([name, text.slice(start, Math.max(start, skipBlanks(text, end - 1, -1) + 1))]);
    at = end + 2;
  }
  return ok(fields);
}

/** Index of the first character that cannot be in a name; cheaper than the exact check, which follows. */
function nameEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) > SPACE && text.charCodeAt(at) !== COLON) at += 1;
  return at;
}

function nameOf(raw: string, names: HeaderNames): string | undefined {
  const known = names.get(raw);
  if (known !== undefined) return known;
  if (!TOKEN.test(raw)) return undefined;
  const name = raw.toLowerCase();
  if (names.size < MAX_NAMES) names.set(raw, name);
  return name;
}

/** First index from `from` on, in steps of `step`, that holds neither space nor tab. */
function skipBlanks(text: string, from: number, step: 1 | -1): number {
  let at = from;
  while (text.charCodeAt(at) === SPACE || text.charCodeAt(at) === TAB) at += step;
  return at;
}

/** Index of the CR LF that ends the line, or -1 if NUL, or a CR or LF that stands alone, comes before it. */
function lineEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === CR) return text.charCodeAt(at + 1) === LF ? at : -1;
    if (code === LF || code === 0) return -1;
  }
  return -1;
}

/** Takes the fields that matter for framing into account; returns what is wrong with one. */
function note(name: string, value: string, facts: Facts): string | undefined {
  switch (name) {
    case "content-length":
      return noteLength(value, facts);
    case "transfer-encoding":
      // Only what this transport can undo (RFC 9112 6.1), and only once.
      if (facts.chunked || value.toLowerCase() !== "chunked") return "unknown transfer-encoding";
      facts.chunked = true;
      return undefined;
    case "connection":
      noteConnection(value.toLowerCase(), facts);
      return undefined;
    case "keep-alive": {
      const seconds = TIMEOUT.exec(value)?.[1];
      if (seconds !== undefined) facts.keepFor = Number(seconds);
      return undefined;
    }
  }
  return undefined;
}

function noteLength(value: string, facts: Facts): string | undefined {
  if (!DIGITS.test(value)) return "content-length is not a number";
  const length = Number(value);
  if (facts.length !== undefined && facts.length !== length) return "two content-lengths";
  facts.length = length;
  return undefined;
}

function noteConnection(options: string, facts: Facts): void {
  for (const option of options.split(",")) {
    if (option.trim() === "close") facts.close = true;
    if (option.trim() === "keep-alive") facts.keepAlive = true;
  }
}

/** RFC 9112 6.3, the client's half. */
function framingOf(facts: Facts, status: number, method: string): Framing {
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) return EMPTY_BODY;
  if (facts.chunked) return { kind: "chunked" };
  return facts.length === undefined
    ? { kind: "until-close" }
    : { kind: "length", length: facts.length };
}
