// Splits TypeScript text into code, comments and literals, far enough for rules that look at words. It is no parser:
// a `/` starts a regular expression where the character before it cannot end an operand.

/** A source file seen three ways; all have the line breaks of the original. */
export type SourceText = {
  /** The text with comments blanked. */
  readonly uncommented: string;
  /** The text with comments, regular expressions and the contents of string and template literals blanked. */
  readonly code: string;
  /** The contents of plain string literals, as written. */
  readonly strings: readonly string[];
};

const STRING = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/y;
const COMMENT = /\/\/[^\n]*|\/\*[^]*?\*\//y;
const REGEXP = /\/(?![*/])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const AFTER_OPERAND = /(?:[\w$)\]}"'`])\s*$/;
const KEYWORD_BEFORE_REGEXP = /\b(?:return|typeof|case|in|of|void|await|yield)\s*$/;

/** Reads one file. */
export function readSource(text: string): SourceText {
  let uncommented = "";
  let code = "";
  const strings: string[] = [];
  // For each open template literal, how many braces of the current `${…}` are open.
  const templates: number[] = [];
  let position = 0;
  const take = (length: number, keepText: boolean, keepCode: boolean): void => {
    const piece = text.slice(position, position + length);
    uncommented += keepText ? piece : blank(piece);
    code += keepCode ? piece : blank(piece);
    position += length;
  };
  const inTemplateText = (): boolean => templates.at(-1) === 0;
  while (position < text.length) {
    const character = text.charAt(position);
    if (inTemplateText()) {
      if (character === "`") {
        templates.pop();
        take(1, true, true);
      } else if (text.startsWith("${", position)) {
        templates[templates.length - 1] = 1;
        take(2, true, true);
      } else take(character === "\\" ? 2 : 1, true, false);
      continue;
    }
    const comment = match(COMMENT, text, position);
    const string = match(STRING, text, position);
    const regexp =
      character === "/" && startsRegExp(code) ? match(REGEXP, text, position) : undefined;
    if (comment !== undefined) take(comment.length, false, false);
    else if (string !== undefined) {
      strings.push(string.slice(1, -1));
      take(string.length, true, false);
    } else if (regexp !== undefined) take(regexp.length, true, false);
    else {
      if (character === "`") templates.push(0);
      const depth = templates.at(-1) ?? 0;
      if (depth > 0 && character === "{") templates[templates.length - 1] = depth + 1;
      if (depth > 0 && character === "}") templates[templates.length - 1] = depth - 1;
      take(1, true, true);
    }
  }
  return { uncommented, code, strings };
}

function match(pattern: RegExp, text: string, position: number): string | undefined {
  pattern.lastIndex = position;
  return pattern.exec(text)?.[0];
}

function startsRegExp(before: string): boolean {
  const tail = before.slice(-80);
  return !AFTER_OPERAND.test(tail) || KEYWORD_BEFORE_REGEXP.test(tail);
}

function blank(piece: string): string {
  return piece.replace(/[^\n]/g, " ");
}
