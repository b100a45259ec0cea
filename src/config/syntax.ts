// Says in plain words what is wrong with the YAML itself. The parser's own messages quote the text, which may be a secret.
import type { YAMLError } from "yaml";

/** What is wrong, and how it could be mended. */
export type Syntax = { readonly message: string; readonly hint?: string };

/** A sentence for each of the parser's codes. */
const SENTENCES = {
  ALIAS_PROPS: { message: "an alias cannot have an anchor or a tag of its own" },
  BAD_ALIAS: {
    message: "expected a name after * or &",
    hint: 'put a text that begins with * or & in quotes: "*"',
  },
  BAD_COLLECTION_TYPE: { message: "the tag does not fit what follows it" },
  BAD_DIRECTIVE: { message: "not a directive that is known", hint: "lines with % are not needed" },
  BAD_DQ_ESCAPE: {
    message: "not an escape that is known",
    hint: "in \"…\" a backslash is written \\\\; in '…' it stands for itself",
  },
  BAD_INDENT: {
    message: "the indentation does not fit the lines above",
    hint: "keys of the same mapping begin in the same column",
  },
  BAD_PROP_ORDER: { message: "anchors and tags stand before the value, after the - or the key" },
  BAD_SCALAR_START: {
    message: "a text without quotes cannot begin with this character",
    hint: "put the text in quotes",
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: "a value cannot stand here, in the same line as another",
    hint: "did the line before end too early, or is a quote or a line break missing?",
  },
  BLOCK_IN_FLOW: { message: "a list with - or a text with | cannot stand inside { } or [ ]" },
  DUPLICATE_KEY: { message: "the key stands here twice" },
  IMPOSSIBLE: { message: "the YAML is malformed" },
  KEY_OVER_1024_CHARS: { message: "the key is longer than 1024 characters" },
  MISSING_CHAR: {
    message: "a comma, a colon, a quote or a closing bracket is missing",
    hint: 'inside { } and [ ] a variable needs quotes: "${NAME}"',
  },
  MULTILINE_IMPLICIT_KEY: {
    message: "a key must end in its own line",
    hint: "is a colon missing after the key?",
  },
  MULTIPLE_ANCHORS: { message: "a value has at most one anchor" },
  MULTIPLE_DOCS: {
    message: "a config is one document",
    hint: "remove the line --- and what belongs to the other document",
  },
  MULTIPLE_TAGS: { message: "a value has at most one tag" },
  NON_STRING_KEY: { message: "expected a text as key" },
  RESOURCE_EXHAUSTION: { message: "nested too deeply" },
  TAB_AS_INDENT: { message: "tabs cannot indent", hint: "use spaces" },
  TAG_RESOLVE_FAILED: {
    message: "not a tag that is known",
    hint: "put a text that begins with ! in quotes",
  },
  UNEXPECTED_TOKEN: {
    message: "this character or word cannot stand here",
    hint: "is a bracket too many, or does the text need quotes?",
  },
} as const satisfies Record<YAMLError["code"], Syntax>;

/** Describes an error of the parser. `text` is the whole file. */
export function describeSyntax(error: YAMLError, text: string): Syntax {
  const isReference = text.slice(error.pos[0] - 1, error.pos[0] + 1) === "${";
  if (isReference && error.code === "UNEXPECTED_TOKEN") return UNQUOTED;
  // The parser calls a bracket that is never closed a matter of indentation.
  return error.code === "BAD_INDENT" && /end with a/.test(error.message)
    ? UNCLOSED
    : SENTENCES[error.code];
}

const UNCLOSED: Syntax = {
  message: "the bracket is not closed, or what it holds is not indented enough",
  hint: 'inside { } and [ ] a variable needs quotes: "${NAME}"',
};

const UNQUOTED: Syntax = {
  message: "inside { } and [ ] a variable needs quotes",
  hint: '"${NAME}"',
};

/** Whether an error is that a quote is not closed: its place is then the end of the file. */
export function isOpenQuote(error: YAMLError): boolean {
  return error.code === "MISSING_CHAR" && /quote/.test(error.message);
}
