// Finds where a text stops being JSON (RFC 8259): the engine's parser says only that it does. Runs once for each text that was
// refused, in a single pass.

/** What is wrong, and where: offset in UTF-16 units. */
export type JsonFault = { readonly message: string; readonly offset: number };

type Bracket = "[" | "{";
type Expected = "value" | "value or ]" | "name" | "name or }" | "colon" | "comma" | "end";

const WORDS = {
  value: "a value",
  "value or ]": "a value or ]",
  name: "a member's name in double quotes",
  "name or }": "a member's name in double quotes, or }",
  colon: "a colon",
  comma: "a comma or the end of the list",
  end: "nothing after the document",
} as const satisfies Record<Expected, string>;

const SPACE = /[ \t\n\r]*/y;
const TOKEN =
  /[[\]{},:]|"[ !#-[\]-\u{10ffff}]*(?:\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})[ !#-[\]-\u{10ffff}]*)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w)/uy;

/** The first fault of a text that is not JSON; `undefined`: there is none. */
export function jsonFault(text: string): JsonFault | undefined {
  const open: Bracket[] = [];
  let expected: Expected = "value";
  let at = 0;
  for (;;) {
    SPACE.lastIndex = at;
    at += SPACE.exec(text)?.[0].length ?? 0;
    if (at >= text.length && expected === "end") return undefined;
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0];
    const next: Expected | undefined =
      token === undefined ? undefined : step(token, expected, open);
    if (token === undefined || next === undefined) return faultAt(text, at, expected);
    expected = next;
    at += token.length;
  }
}

/** What is expected after a token; `undefined`: the token itself is not. */
function step(token: string, expected: Expected, open: Bracket[]): Expected | undefined {
  if (token === "[" || token === "{") return opened(token, expected, open);
  if (token === "]" || token === "}") return closed(token === "]" ? "[" : "{", expected, open);
  if (token === "," || token === ":") return separated(token, expected, open);
  if (expected.startsWith("value")) return after(open);
  return token.startsWith('"') && expected.startsWith("name") ? "colon" : undefined;
}

function separated(
  token: "," | ":",
  expected: Expected,
  open: readonly Bracket[],
): Expected | undefined {
  if (expected !== (token === "," ? "comma" : "colon")) return undefined;
  return token === "," && open.at(-1) === "{" ? "name" : "value";
}

function opened(bracket: Bracket, expected: Expected, open: Bracket[]): Expected | undefined {
  if (!expected.startsWith("value")) return undefined;
  open.push(bracket);
  return bracket === "[" ? "value or ]" : "name or }";
}

function closed(bracket: Bracket, expected: Expected, open: Bracket[]): Expected | undefined {
  const isEmpty = expected === (bracket === "[" ? "value or ]" : "name or }");
  const isEnd = expected === "comma" && open.at(-1) === bracket;
  if (!isEmpty && !isEnd) return undefined;
  open.pop();
  return after(open);
}

function after(open: readonly Bracket[]): Expected {
  return open.length === 0 ? "end" : "comma";
}

/** Longest piece of the text that a message shows. */
const SHOWN = 16;

function faultAt(text: string, offset: number, expected: Expected): JsonFault {
  if (offset >= text.length) return { message: `expected ${WORDS[expected]}, but it ends`, offset };
  const rest = text.slice(offset, offset + SHOWN).split(/[\n\r]/)[0] ?? "";
  return { message: `expected ${WORDS[expected]}, found ${rest.toWellFormed()}`, offset };
}
