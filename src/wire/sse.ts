// Server-Sent Events both ways, exactly as the WHATWG HTML standard, section 9.2, reads and writes them: any line ends,
// a byte order mark, comments, multi-line data, any cutting of the bytes.
import { utf8 } from "../lib/bytes.ts";
import { err, ok, type Result } from "../lib/result.ts";
import type { Deframer, Frame, Framer, FramingError } from "./frame.ts";

/** How an SSE stream is read. */
export type SseOptions = {
  /** Largest event, in UTF-16 units; a longer one ends the stream with `too-large`. */
  readonly maxSize: number;
  /** Reports comments as frames. */
  readonly comments?: boolean;
};

/** Reads server-sent events. An event that lacks its blank line at the end is dropped, as the standard wants it. */
export function sseDeframer(options: SseOptions): Deframer {
  const decoder = new TextDecoder("utf-8");
  const lines = lineSplitter();
  const events = eventBuilder(options.comments === true);

  const read = (text: string): Result<readonly Frame[], FramingError> => {
    const frames: Frame[] = [];
    for (const line of lines.push(text)) {
      const frame = events.line(line);
      if (frame !== undefined) frames.push(frame);
      if (events.size() > options.maxSize) return err(tooLarge(options.maxSize));
    }
    const size = lines.held() + events.size();
    return size > options.maxSize ? err(tooLarge(options.maxSize)) : ok(frames);
  };

  return {
    // TextDecoder takes off one byte order mark at the start and holds back half characters.
    push: (bytes) => read(decoder.decode(bytes, { stream: true })),
    end: () => {
      const last = read(decoder.decode());
      if (!last.ok || (lines.held() === 0 && !events.begun())) return last;
      return err({ kind: "truncated", message: "the stream ended inside an event" });
    },
  };
}

/** Splits text into lines that end with LF, CRLF or CR, wherever the text is cut. */
function lineSplitter(): { push: (text: string) => readonly string[]; held: () => number } {
  // Pieces of a line whose end has not come; joined once, so that a huge line in tiny slices stays linear.
  let pieces: string[] = [];
  let held = 0;
  let skipLineFeed = false;
  const push = (text: string): readonly string[] => {
    const lines: string[] = [];
    let start = skipLineFeed && text.startsWith("\n") ? 1 : 0;
    if (text !== "") skipLineFeed = false;
    // Nearly all streams use LF alone: then the runtime's own search finds every line end.
    const find = text.includes("\r") ? lineEnd : lineFeed;
    for (let end = find(text, start); end >= 0; end = find(text, start)) {
      pieces.push(text.slice(start, end));
      lines.push(pieces.length === 1 ? (pieces[0] ?? "") : pieces.join(""));
      pieces = [];
      held = 0;
      start = end + 1;
      if (text.charAt(end) !== "\r") continue;
      if (start === text.length) skipLineFeed = true;
      else if (text.charAt(start) === "\n") start++;
    }
    if (start < text.length) {
      pieces.push(text.slice(start));
      held += text.length - start;
    }
    return lines;
  };
  return { push, held: () => held };
}

function lineFeed(text: string, from: number): number {
  return text.indexOf("\n", from);
}

function lineEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x0a || code === 0x0d) return at;
  }
  return -1;
}

/** Builds events from lines. */
type EventBuilder = {
  /** Takes a line; gives the event that it completes. */
  readonly line: (line: string) => Frame | undefined;
  /** Characters of data collected so far. */
  readonly size: () => number;
  /** Whether lines came since the last blank one. */
  readonly begun: () => boolean;
};

function eventBuilder(comments: boolean): EventBuilder {
  let event: string | undefined;
  let id: string | undefined;
  let data: string[] = [];
  let size = 0;
  let begun = false;

  const complete = (): Frame | undefined => {
    const frame = data.length === 0 ? undefined : sseFrame(event, data, id);
    event = undefined;
    id = undefined;
    data = [];
    size = 0;
    begun = false;
    return frame;
  };
  const field = (name: string, value: string): void => {
    switch (name) {
      case "data":
        data.push(value);
        // One more for the line end, so that empty lines count too.
        size += value.length + 1;
        break;
      case "event":
        event = value === "" ? undefined : value;
        break;
      case "id":
        if (!value.includes("\0")) id = value;
        break;
      // `retry` tells a browser when to connect again; all else is to be ignored.
    }
  };
  const line = (text: string): Frame | undefined => {
    if (text === "") return complete();
    begun = true;
    const colon = text.indexOf(":");
    if (colon < 0) {
      field(text, "");
      return undefined;
    }
    const value = text.slice(text.charAt(colon + 1) === " " ? colon + 2 : colon + 1);
    if (colon === 0) return comments ? { kind: "comment", text: value } : undefined;
    field(text.slice(0, colon), value);
    return undefined;
  };
  return { line, size: () => size, begun: () => begun };
}

function sseFrame(
  event: string | undefined,
  lines: readonly string[],
  id: string | undefined,
): Frame {
  const data = lines.length === 1 ? (lines[0] ?? "") : lines.join("\n");
  return id === undefined ? { kind: "sse", event, data } : { kind: "sse", event, data, id };
}

function tooLarge(cap: number): FramingError {
  return { kind: "too-large", message: `an event is larger than ${cap} characters` };
}

/** Writes server-sent events with LF line ends. */
export function sseFramer(): Framer {
  return { frame: (frame) => utf8(sseText(frame)), end: () => utf8("") };
}

/** The text of one SSE frame with its blank line. */
function sseText(frame: Frame): string {
  switch (frame.kind) {
    case "sse": {
      const name = frame.event === undefined ? "" : `event: ${frame.event}\n`;
      const id = frame.id === undefined ? "" : `id: ${frame.id}\n`;
      // One data line for each line: a line break inside a data line would end it.
      const data = /[\r\n]/.test(frame.data) ? frame.data.split(/\r\n|\r|\n/) : [frame.data];
      return `${name}${id}${data.map((line) => `data: ${line}\n`).join("")}\n`;
    }
    case "comment":
      return `: ${frame.text.replace(/[\r\n]+/g, " ")}\n\n`;
    case "message":
    case "element":
      throw new Error(`a ${frame.kind} frame cannot be written as a server-sent event`);
  }
}
