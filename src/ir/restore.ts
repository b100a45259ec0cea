// Undoes on the way back what an encoder had to change in tools on the way out: names that the target did not allow, and
// free-form tools that went out as functions with one string (translation.md B.3 R20 and R24, D.6 last paragraph).
import { asRecord, asString, member, parseJson } from "../lib/json.ts";
import type { Block, ToolCallBlock } from "./block.ts";
import type { Event, Head } from "./event.ts";
import type { Reply, Stop } from "./reply.ts";

/** How names and forms that had to change on the way out change back on the way in. */
export type Restore = {
  /** Tool name on the wire to the caller's name (R20). */
  readonly toolNames: ReadonlyMap<string, string>;
  /** Caller's names of free-form tools that went out wrapped as functions with one `input` string (R24). */
  readonly wrapped: ReadonlySet<string>;
  /** Name on the wire of a tool that went out in place of a schema: its arguments are the answer (R43). */
  readonly answer?: string;
};

/** Nothing changed on the way out. */
export const NOTHING_TO_RESTORE: Restore = { toolNames: new Map(), wrapped: new Set() };

type CallHead = Pick<ToolCallBlock, "name" | "call">;

function restoreHead<H extends CallHead>(head: H, restore: Restore): H {
  const name = restore.toolNames.get(head.name) ?? head.name;
  return { ...head, name, call: restore.wrapped.has(name) ? "custom" : head.call };
}

/** Restores the calls of a whole reply. */
export function restoreReply(reply: Reply, restore: Restore): Reply {
  const candidates = reply.candidates.map(({ blocks, stop, ...candidate }) => {
    const restored = blocks.map((block) => restoreBlock(block, restore));
    const answered = blocks.some((block) => isAnswer(block, restore));
    const calls = restored.some((block) => block.kind === "toolCall");
    return { ...candidate, blocks: restored, stop: answered ? stopOf(stop, calls) : stop };
  });
  return { ...reply, candidates };
}

function isAnswer(head: Head | Block, { answer }: Restore): boolean {
  return head.kind === "toolCall" && answer !== undefined && head.name === answer;
}

/** An answer that came as a call is no call, so it is not what the model stopped for (E156). */
function stopOf(stop: Stop, calls: boolean): Stop {
  return stop.class === "tool_calls" && !calls ? { ...stop, class: "end" } : stop;
}

function restoreBlock(block: Block, restore: Restore): Block {
  if (block.kind !== "toolCall") return block;
  if (isAnswer(block, restore)) return { kind: "text", text: block.argsText };
  const call = restoreHead(block, restore);
  const unwrap = call.call === "custom" && block.call === "function";
  return unwrap ? { ...call, argsText: unwrapText(block.argsText) } : call;
}

/** Restores the calls of a streamed reply; takes the events that `conform` lets out, and keeps their grammar. */
export function restoreEvents(restore: Restore): (event: Event) => readonly Event[] {
  const unwrappers = new Map<string, Unwrapper>();
  const callers = new Set<number>();
  let answered = false;
  return (event) => {
    switch (event.type) {
      case "open": {
        const head = restoreOpenHead(event.head, restore);
        answered ||= head !== event.head && head.kind === "text";
        if (head.kind === "toolCall") callers.add(event.candidate);
        if (event.head.kind === "toolCall" && isWrapped(event.head, head)) {
          unwrappers.set(`${event.candidate} ${event.index}`, unwrapper());
        }
        return [{ ...event, head }];
      }
      case "delta": {
        const wrapped = unwrappers.get(`${event.candidate} ${event.index}`);
        return wrapped === undefined ? [event] : deltas(event, wrapped.push(event.text));
      }
      case "close": {
        const key = `${event.candidate} ${event.index}`;
        const wrapped = unwrappers.get(key);
        unwrappers.delete(key);
        return wrapped === undefined ? [event] : [...deltas(event, wrapped.end()), event];
      }
      case "stop":
        return [
          answered ? { ...event, stop: stopOf(event.stop, callers.has(event.candidate)) } : event,
        ];
      case "start":
      case "opaque":
      case "cite":
      case "logprobs":
      case "usage":
      case "meta":
      case "use":
      case "ping":
      case "error":
      case "end":
        return [event];
    }
  };
}

function restoreOpenHead(head: Head, restore: Restore): Head {
  switch (head.kind) {
    case "toolCall":
      return isAnswer(head, restore) ? { kind: "text" } : restoreHead(head, restore);
    case "whole":
      return { kind: "whole", block: restoreBlock(head.block, restore) };
    case "text":
    case "refusal":
    case "thinking":
      return head;
  }
}

function isWrapped(before: CallHead, after: Head): boolean {
  return before.call === "function" && after.kind === "toolCall" && after.call === "custom";
}

function deltas(
  place: { readonly candidate: number; readonly index: number },
  text: string,
): readonly Event[] {
  const { candidate, index } = place;
  return text === "" ? [] : [{ type: "delta", candidate, index, text }];
}

/** Takes the free text out of `{"input":"…"}`; what is not such an object is returned as it is. */
export function unwrapText(wrapper: string): string {
  const scanner = unwrapper();
  return scanner.push(wrapper) + scanner.end();
}

/** The same piece by piece: each call returns the text that has become certain. */
export type Unwrapper = {
  readonly push: (piece: string) => string;
  /** The arguments are over; returns what was held back. */
  readonly end: () => string;
};

/** How far the opening `{"input":"` may stretch by white space, in characters, before the whole value is awaited. */
const MAX_OPENING = 1024;
/** Most characters that are held back; beyond, the wrapper is passed on as it is. */
const MAX_HELD = 16 * 1024 * 1024;

type Scan =
  /** The opening is not complete yet. */
  | { readonly at: "opening"; readonly held: string }
  /** Not the expected opening: wait for the whole value. */
  | { readonly at: "whole"; readonly pieces: string[]; size: number }
  /** Inside the string; `held` is an escape, or half a character, that is not complete. */
  | { readonly at: "string"; readonly held: string }
  /** The closing quote was seen; the rest says nothing. */
  | { readonly at: "done" }
  | { readonly at: "raw" };

/** Starts to unwrap one call's arguments. */
export function unwrapper(): Unwrapper {
  let scan: Scan = { at: "opening", held: "" };
  return {
    push: (piece) => {
      const [next, text] = step(scan, piece);
      scan = next;
      return text;
    },
    end: () => {
      const last = scan;
      scan = { at: "done" };
      switch (last.at) {
        case "opening":
          return wholeInput(last.held);
        case "whole":
          return wholeInput(last.pieces.join(""));
        case "string":
          return last.held;
        case "done":
        case "raw":
          return "";
      }
    },
  };
}

function step(scan: Scan, piece: string): readonly [Scan, string] {
  switch (scan.at) {
    case "opening":
      return stepOpening(scan.held + piece);
    case "string":
      return unescape(scan.held + piece);
    case "whole": {
      scan.pieces.push(piece);
      scan.size += piece.length;
      return scan.size > MAX_HELD ? [{ at: "raw" }, scan.pieces.join("")] : [scan, ""];
    }
    case "raw":
      return [scan, piece];
    case "done":
      return [scan, ""];
  }
}

const OPENING = /^\s*\{\s*"input"\s*:\s*"/;
/** Every proper prefix of the opening. */
const PARTIAL = /^\s*(?:\{\s*(?:"(?:i(?:n(?:p(?:u(?:t(?:"\s*(?::\s*)?)?)?)?)?)?)?)?)?$/;

function stepOpening(text: string): readonly [Scan, string] {
  const opening = OPENING.exec(text);
  if (opening !== null) return unescape(text.slice(opening[0].length));
  const wait = text.length <= MAX_OPENING && PARTIAL.test(text);
  if (wait) return [{ at: "opening", held: text }, ""];
  return [{ at: "whole", pieces: [text], size: text.length }, ""];
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** Reads the inside of a JSON string as far as it is certain. */
function unescape(text: string): readonly [Scan, string] {
  let out = "";
  let at = 0;
  while (at < text.length) {
    const stop = nextSpecial(text, at);
    out += text.slice(at, stop);
    at = stop;
    if (stop === text.length) break;
    if (text[stop] === '"') return [{ at: "done" }, out];
    const escaped = readEscape(text, stop);
    if (escaped === undefined) break;
    out += escaped.text;
    at = escaped.end;
  }
  // A high surrogate waits for its other half, so that no piece ends within a character.
  const code = out.charCodeAt(out.length - 1);
  const half = code >= 0xd800 && code <= 0xdbff ? 1 : 0;
  const held = out.slice(out.length - half) + text.slice(at);
  return [{ at: "string", held }, out.slice(0, out.length - half)];
}

function nextSpecial(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '"' || text[at] === "\\") return at;
  }
  return text.length;
}

/** Reads one escape; `undefined`: it is not complete yet. An escape that JSON does not know stands for itself. */
function readEscape(
  text: string,
  at: number,
): { readonly text: string; readonly end: number } | undefined {
  const letter = text[at + 1];
  if (letter === undefined) return undefined;
  if (letter !== "u") {
    return { text: ESCAPES[letter] ?? `\\${letter}`, end: at + 2 };
  }
  const digits = text.slice(at + 2, at + 6);
  if (!/^[\da-f]*$/i.test(digits)) return { text: String.raw`\u`, end: at + 2 };
  if (digits.length < 4) return undefined;
  return { text: String.fromCharCode(Number.parseInt(digits, 16)), end: at + 6 };
}

/** The `input` of a wrapper that did not begin with it; any other value, or bare text, is returned as it is. */
function wholeInput(text: string): string {
  if (text.trim() === "") return "";
  const document = parseJson(text);
  const wrapper = document.ok ? asRecord(document.value.root) : undefined;
  if (wrapper === undefined) return text;
  // A call without arguments.
  if (Object.keys(wrapper).length === 0) return "";
  return asString(member(wrapper, "input")) ?? text;
}
