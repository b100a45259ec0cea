// A JSON array that is streamed piece by piece: `[`, elements divided by `,`, `]` (Gemini without `alt=sse`).
import { utf8 } from "../lib/bytes.ts";
import { err, ok, type Result } from "../lib/result.ts";
import type { Deframer, Frame, Framer, FramingError } from "./frame.ts";

/** Where the reader of an array stands: what it has seen last. */
type Place = "nothing" | "opening" | "element" | "comma" | "inside" | "closing";

const SPACE = " \t\r\n";

/** The place after a character outside elements; `undefined` if it may not stand there. */
function step(place: Place, character: string): Place | undefined {
  if (SPACE.includes(character)) return place;
  switch (place) {
    case "nothing":
      return character === "[" ? "opening" : undefined;
    case "opening":
      if (character === "]") return "closing";
      return character === "{" ? "inside" : undefined;
    case "element":
      if (character === "]") return "closing";
      return character === "," ? "comma" : undefined;
    case "comma":
      return character === "{" ? "inside" : undefined;
    case "inside":
    case "closing":
      return undefined;
  }
}

/** Follows one element to its last bracket, however it is cut; each element needs a new one. */
type ElementEnd = {
  /** Index after the element, or -1 when it goes on after the text. */
  readonly find: (text: string, from: number) => number;
};

function elementEnd(): ElementEnd {
  let depth = 0;
  let inString = false;
  /** In a string, the next character follows a backslash. */
  let escaped = false;

  /** Index after the string that `from` stands in; the text's length if it goes on. */
  const skipString = (text: string, from: number): number => {
    for (let at = from; at < text.length; at++) {
      if (escaped) {
        escaped = false;
        continue;
      }
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        inString = false;
        return at + 1;
      }
      escaped = code === BACKSLASH;
    }
    return text.length;
  };
  const find = (text: string, from: number): number => {
    let at = inString ? skipString(text, from) : from;
    while (at < text.length) {
      const code = text.charCodeAt(at);
      at++;
      if (code === QUOTE) {
        inString = true;
        at = skipString(text, at);
      } else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
      else if ((code === CLOSE_BRACE || code === CLOSE_BRACKET) && --depth === 0) return at;
    }
    return -1;
  };
  return { find };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Reads the elements (objects) of an array; each becomes a frame as soon as its last brace came. */
export function jsonArrayDeframer(options: { readonly maxSize: number }): Deframer {
  const decoder = new TextDecoder("utf-8");
  let place: Place = "nothing";
  let end = elementEnd();
  // Pieces of an element that is not whole yet; joined once, so that a huge one in tiny slices stays linear.
  let pieces: string[] = [];
  let held = 0;

  /** Takes what belongs to the element at hand; gives the index after it. */
  const take = (text: string, from: number, frames: Frame[]): number => {
    const found = end.find(text, from);
    const to = found < 0 ? text.length : found;
    pieces.push(text.slice(from, to));
    held += to - from;
    if (held > options.maxSize || found < 0) return to;
    frames.push({ kind: "element", text: pieces.join("") });
    pieces = [];
    held = 0;
    end = elementEnd();
    place = "element";
    return to;
  };
  const read = (text: string): Result<readonly Frame[], FramingError> => {
    const frames: Frame[] = [];
    for (let at = 0; at < text.length;) {
      if (place !== "inside") {
        const next = step(place, text.charAt(at));
        if (next === undefined) return err(NOT_AN_ARRAY);
        place = next;
      }
      at = place === "inside" ? take(text, at, frames) : at + 1;
      if (held > options.maxSize) return err(tooLarge(options.maxSize));
    }
    return ok(frames);
  };

  return {
    push: (bytes) => read(decoder.decode(bytes, { stream: true })),
    end: () => {
      const last = read(decoder.decode());
      if (!last.ok || place === "closing") return last;
      return err({ kind: "truncated", message: "the array was not closed" });
    },
  };
}

function tooLarge(cap: number): FramingError {
  return { kind: "too-large", message: `an element is larger than ${cap} characters` };
}

const NOT_AN_ARRAY: FramingError = {
  kind: "malformed",
  message: "the body is not an array of objects",
};

/** Writes an array, one element a frame; `end` closes it. */
export function jsonArrayFramer(): Framer {
  let started = false;
  return {
    frame: (frame) => {
      // An array has no room for comments; they only keep other framings alive.
      if (frame.kind === "comment") return utf8("");
      if (frame.kind !== "element") throw new Error(`a ${frame.kind} frame is not an element`);
      const text = `${started ? ",\r\n" : "["}${frame.text}`;
      started = true;
      return utf8(text);
    },
    end: () => utf8(started ? "]" : "[]"),
  };
}
