// Looks over a JSON text without parsing it: how deep it nests, and whether printing its parsed values would change how
// they were spelt. Strings are skipped by the runtime's own search, so long ones cost next to nothing.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
/** A bracket is a brace without this bit. */
const BRACE_BIT = 0x20;

/** Offset of the bracket that nests deeper than `maxDepth`; `undefined` if none does. The text need not be valid. */
export function tooDeepAt(text: string, maxDepth: number): number | undefined {
  // Each level takes a character.
  if (text.length <= maxDepth) return undefined;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = stringEnd(text, at + 1);
      continue;
    }
    const brace = code | BRACE_BIT;
    if (brace === CLOSE_BRACE) depth--;
    else if (brace === OPEN_BRACE && ++depth > maxDepth) return at;
  }
  return undefined;
}

/**
 * Whether printing the parsed values would move members (keys that look like array indexes go to the front) or respell
 * numbers (`1.0`, `1e5`, `-0`, long integers). The text must be valid.
 */
export function isRespelt(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = stringEnd(text, at + 1);
      if (isMovedKey(text, at + 1, end)) return true;
      at = end;
    } else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      const end = numberEnd(text, at);
      if (isRespeltNumber(text, at, end)) return true;
      at = end - 1;
    }
  }
  return false;
}

/** Index of the quote that ends the string whose content starts at `from`; the text's length if there is none. */
export function stringEnd(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH && at - 1 - backslashes >= from) {
      backslashes++;
    }
    if (backslashes % 2 === 0) return at;
  }
  return text.length;
}

/** JavaScript moves keys that look like array indexes to the front; an escape may hide one. */
function isMovedKey(text: string, start: number, end: number): boolean {
  const first = text.charCodeAt(start);
  const suspicious = (first >= ZERO && first <= NINE) || first === BACKSLASH;
  if (!suspicious) return false;
  let at = end + 1;
  while (at < text.length && " \t\r\n".includes(text.charAt(at))) at++;
  return text.charAt(at) === ":";
}

const NUMBER_CHARACTERS = "0123456789.eE+-";

/** Index after the number that starts at `from`. */
function numberEnd(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && NUMBER_CHARACTERS.includes(text.charAt(at))) at++;
  return at;
}

/** Up to this many digits an integer prints as it was spelt. */
const SAFE_DIGITS = 15;

function isRespeltNumber(text: string, start: number, end: number): boolean {
  if (end - start <= SAFE_DIGITS && isDigits(text, start, end)) return false;
  const token = text.slice(start, end);
  return String(Number(token)) !== token;
}

function isDigits(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code < ZERO || code > NINE) return false;
  }
  return true;
}
