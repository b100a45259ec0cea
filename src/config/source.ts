// The config file as text: parsing with places, and where a path stands. With `interpolate.ts` the only user of the yaml
// package.
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type YAMLError,
} from "yaml";
import { interpolate, pathOf, type Env, type Filled } from "./interpolate.ts";
import { dotted, type Finding, type Path, type Problem } from "./problem.ts";
import { describeSyntax, isOpenQuote } from "./syntax.ts";

/** A parsed file. */
export type Source = {
  /** The plain value, environment filled in. Absent: the text is not YAML, and there is nothing more to check. */
  readonly value?: unknown;
  /** Problems of the text itself: syntax, keys that stand twice, variables. */
  readonly problems: readonly Problem[];
  /** Looks up where a finding stands. */
  readonly locate: (finding: Finding) => Problem;
  /** What became of the scalar at a path, if it names environment variables. */
  readonly filledAt: (path: Path) => Filled | undefined;
};

/** Parses a file's text. */
export function parseSource(text: string, file: string, env: Env): Source {
  const lines = new LineCounter();
  const at = (
    offset: number,
    path: string,
    problem: Pick<Problem, "message" | "hint">,
  ): Problem => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), path, ...problem };
  };
  const document = parseSafely(text, lines);
  if (document === undefined) {
    const problems = [at(0, "", { message: "nested too deeply" })];
    return { problems, locate: (finding) => at(0, "", finding), filledAt: () => undefined };
  }
  const locate = (finding: Finding): Problem =>
    at(offsetOf(document, finding), dotted(finding.path), {
      message: finding.message,
      ...(finding.hint === undefined ? {} : { hint: finding.hint }),
    });
  const errors: readonly YAMLError[] = [...document.errors, ...document.warnings];
  // A quote that is not closed swallows the rest of the file, so other errors only follow from it.
  const quote = errors.find(isOpenQuote);
  const syntax =
    quote === undefined
      ? oncePerLine(errors.map((error) => at(error.pos[0], "", describeSyntax(error, text))))
      : [
          at(lastQuote(document, quote), "", {
            message: "the quote that begins here is not closed",
          }),
        ];
  if (syntax.length > 0) return { problems: syntax, locate, filledAt: () => undefined };
  const { filled, findings } = interpolate(document, env);
  const twice = repeatedKeys(document).map(({ offset, first, path }) => {
    const { line } = lines.linePos(first);
    const message = `the key stands here twice, first in line ${line}`;
    return at(offset, dotted(path), { message, hint: "keep one of them" });
  });
  const dead = [
    ...deadAliases(document).map((offset) =>
      at(offset, "", { message: "there is no anchor of this name above", hint: QUOTE_STAR }),
    ),
    ...oddKeys(document).map((offset) =>
      at(offset, "", {
        message: "expected a text as key",
        hint: "is a bracket or a quote missing?",
      }),
    ),
  ];
  const plain = dead.length > 0 ? undefined : toPlain(document);
  const isBomb = plain === undefined && dead.length === 0;
  const bomb = isBomb ? [at(0, "", { message: "aliases repeat too much" })] : [];
  return {
    ...(plain === undefined ? {} : plain),
    problems: [...findings.map(locate), ...twice, ...dead, ...bomb],
    locate,
    filledAt: (path) => filled.get(nodeAt(document, path)),
  };
}

/** `undefined` if the text nests so deeply that the parser gives up. */
function parseSafely(text: string, lineCounter: LineCounter): Document | undefined {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Further errors of the same line only follow from the first. */
function oncePerLine(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<number>();
  return problems.filter(({ line }) => !seen.has(line) && seen.add(line));
}

/** Where the text begins whose quote is not closed: it is the last one that is quoted. */
function lastQuote(document: Document, error: YAMLError): number {
  let [offset] = error.pos;
  visit(document, {
    Scalar(_key, { type, range }) {
      if (type?.startsWith("QUOTE") === true && range) [offset] = range;
    },
  });
  return offset;
}

/** `undefined` if aliases of aliases blow the file up (the package's own cap). */
function toPlain(document: Document): { readonly value: unknown } | undefined {
  try {
    return { value: document.toJS() };
  } catch (error) {
    if (error instanceof ReferenceError || error instanceof RangeError) return undefined;
    throw error;
  }
}

const QUOTE_STAR = 'put a text that begins with * in quotes: "*"';

/** Offsets of aliases whose anchor is not there. */
function deadAliases(document: Document): readonly number[] {
  const found: number[] = [];
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) === undefined) found.push(startOf(alias));
    },
  });
  return found;
}

/** Offsets of keys that are mappings, lists or nothing. */
function oddKeys(document: Document): readonly number[] {
  const found: number[] = [];
  visit(document, {
    Map(_key, map) {
      for (const { key } of map.items) {
        if (!isScalar(key) || key.value === null) found.push(startOf(key) || startOf(map));
      }
    },
  });
  return found;
}

type Repeated = { readonly offset: number; readonly first: number; readonly path: Path };

/** Keys that stand in the same mapping a second time. */
function repeatedKeys(document: Document): readonly Repeated[] {
  const found: Repeated[] = [];
  visit(document, {
    Map(_key, map, ancestors) {
      const seen = new Map<string, number>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        const first = seen.get(name);
        if (first === undefined) seen.set(name, startOf(key));
        else
          found.push({ offset: startOf(key), first, path: [...pathOf([...ancestors, map]), name] });
      }
    },
  });
  return found;
}

/** Offset of a path's value or key; if it is not there, of the key of its nearest ancestor that is. */
function offsetOf(document: Document, finding: Finding): number {
  let node: unknown = document.contents;
  let key = startOf(node);
  for (const segment of finding.path) {
    const step = stepInto(document, node, segment);
    if (step === undefined) return key;
    key = step.key;
    node = step.node;
  }
  return finding.atKey === true || isEmpty(node) ? key : startOf(node);
}

function nodeAt(document: Document, path: Path): unknown {
  return path.reduce<unknown>(
    (node, segment) => stepInto(document, node, segment)?.node,
    document.contents,
  );
}

type Step = { readonly node: unknown; readonly key: number };

function stepInto(document: Document, parent: unknown, segment: PropertyKey): Step | undefined {
  const node = isAlias(parent) ? parent.resolve(document) : parent;
  if (isSeq(node)) {
    const item = node.items[Number(segment)];
    return item === undefined ? undefined : { node: item, key: startOf(item) };
  }
  if (!isMap(node)) return undefined;
  // The last one counts, as in the plain value.
  const pair = node.items.findLast(
    ({ key }) => isScalar(key) && String(key.value) === String(segment),
  );
  return pair === undefined ? undefined : { node: pair.value, key: startOf(pair.key) };
}

/** Nothing was written after the key: its place would be the end of the line. */
function isEmpty(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null && node.source === "");
}

function startOf(node: unknown): number {
  const range: unknown = typeof node === "object" && node !== null ? Reflect.get(node, "range") : 0;
  return Array.isArray(range) && typeof range[0] === "number" ? range[0] : 0;
}
