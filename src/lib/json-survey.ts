// One pass over a JSON text that finds out, without parsing it, how deep it nests and whether parsing and printing it
// again would change more than white space.

/** What the pass saw. The text need not be valid: the parser decides that. */
export type Survey = {
  /** Integer-like or `__proto__` keys, or numbers that are spelt otherwise than JavaScript would. */
  readonly hazard: boolean;
  /** Offset of the bracket that exceeds the depth. */
  readonly tooDeepAt?: number;
};

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACE = 0x7d;
const CLOSE_BRACKET = 0x5d;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;

/** Surveys a text. Strings are skipped by the runtime's own search, so long ones cost next to nothing. */
export function survey(text: string, maxDepth: number): Survey {
  let depth = 0;
  let hazard = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    switch (code) {
      case QUOTE: {
        const end = stringEnd(text, at + 1);
        hazard ||= isHazardousKey(text, at + 1, end);
        at = end;
        break;
      }
      case OPEN_BRACE:
      case OPEN_BRACKET:
        if (++depth > maxDepth) return { hazard, tooDeepAt: at };
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth--;
        break;
      default:
        if (code === MINUS || (code >= ZERO && code <= NINE)) {
          const end = numberEnd(text, at);
          hazard ||= isRespelt(text, at, end);
          at = end - 1;
        }
    }
  }
  return { hazard };
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

/** Index after the number that starts at `from`. */
export function numberEnd(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && NUMBER_CHARACTERS.includes(text.charAt(at))) at++;
  return at;
}

const NUMBER_CHARACTERS = "0123456789.eE+-";

/** JavaScript moves keys that look like array indexes to the front; an escape may hide either kind. */
function isHazardousKey(text: string, start: number, end: number): boolean {
  const first = text.charCodeAt(start);
  const suspicious =
    (first >= ZERO && first <= NINE) || text.startsWith("__proto__", start) || first === BACKSLASH;
  if (!suspicious) return false;
  let at = end + 1;
  while (at < text.length && " \t\r\n".includes(text.charAt(at))) at++;
  return text.charAt(at) === ":";
}

/** Integers of up to 15 digits print as they were; all else is tried. */
function isRespelt(text: string, start: number, end: number): boolean {
  const length = end - start;
  if (length <= 15 && text.charCodeAt(start) !== MINUS) {
    let plain = true;
    for (let at = start; at < end && plain; at++) plain = text.charCodeAt(at) >= ZERO;
    // "e" and "E" are above the digits, so only "." and signs were ruled out so far.
    if (plain && !/[eE]/.test(text.slice(start, end))) return false;
  }
  const token = text.slice(start, end);
  return String(Number(token)) !== token;
}
