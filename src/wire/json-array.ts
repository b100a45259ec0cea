// A JSON array that is streamed piece by piece: `[`, elements divided by `,`, `]` (Gemini without `alt=sse`).
import { utf8 } from "../lib/bytes.ts";
import { err, ok, type Result } from "../lib/result.ts";
import type { Deframer, Frame, Framer, FramingError } from "./frame.ts";

/** Where the reader of an array stands. */
type Place = "before" | "between" | "inside" | "after";

const SPACE = " \t\r\n";

/** Follows the characters of one element to its last bracket. */
type ElementScanner = {
  /** Takes a character; says whether it was the element's last. */
  readonly take: (character: string) => boolean;
};

function elementScanner(): ElementScanner {
  let depth = 0;
  let inString = false;
  let escaped = false;
  const inside = (character: string): void => {
    if (escaped) escaped = false;
    else if (character === "\\") escaped = true;
    else if (character === '"') inString = false;
  };
  return {
    take: (character) => {
      if (inString) inside(character);
      else if (character === '"') inString = true;
      else if (character === "{" || character === "[") depth++;
      else if (character === "}" || character === "]") depth--;
      return depth === 0;
    },
  };
}

/** The place after a character outside elements; `undefined` if it may not stand there. */
function step(place: Place, character: string): Place | undefined {
  if (SPACE.includes(character)) return place;
  switch (place) {
    case "before":
      return character === "[" ? "between" : undefined;
    case "between":
      if (character === "]") return "after";
      if (character === "{") return "inside";
      return character === "," ? "between" : undefined;
    case "inside":
    case "after":
      return undefined;
  }
}

/** Reads the elements (objects) of an array; each becomes a frame as soon as its last brace came. */
export function jsonArrayDeframer(options: { readonly maxSize: number }): Deframer {
  const decoder = new TextDecoder("utf-8");
  let place: Place = "before";
  let element = "";
  let scanner = elementScanner();

  const read = (text: string): Result<readonly Frame[], FramingError> => {
    const frames: Frame[] = [];
    let start = 0;
    for (let at = 0; at < text.length; at++) {
      const character = text.charAt(at);
      if (place !== "inside") {
        const next = step(place, character);
        if (next === undefined) return err(NOT_AN_ARRAY);
        place = next;
        start = at;
        if (next === "inside") scanner = elementScanner();
      }
      if (place === "inside" && scanner.take(character)) {
        frames.push({ kind: "element", text: element + text.slice(start, at + 1) });
        element = "";
        place = "between";
      }
    }
    if (place === "inside") element += text.slice(start);
    if (element.length <= options.maxSize) return ok(frames);
    return err({ kind: "too-large", message: `an element is larger than ${options.maxSize}` });
  };

  return {
    push: (bytes) => read(decoder.decode(bytes, { stream: true })),
    end: () => {
      const last = read(decoder.decode());
      if (!last.ok || place === "after") return last;
      return err({ kind: "truncated", message: "the array was not closed" });
    },
  };
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
