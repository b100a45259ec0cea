// The form of a free-form tool (R24): OpenAI's two protocols nest a grammar differently, `{type:"grammar",syntax,definition}`
// and `{type:"grammar",grammar:{syntax,definition}}`.
import {
  asRecord,
  asString,
  parseJson,
  raw,
  type Json,
  type JsonText,
  type Printable,
} from "../../lib/json.ts";

/** The form with the grammar's members at the top; any other form stays as it is. */
export function flatFormat(format: JsonText): Printable {
  const { root, textOf } = read(format);
  const grammar = asRecord(root?.["grammar"]);
  if (asString(root?.["type"]) !== "grammar" || grammar === undefined) return raw(format);
  const members = Object.entries(grammar).map(([key, value]) => [key, raw(textOf(value))] as const);
  return { type: "grammar", ...Object.fromEntries(members) };
}

/** The form with the grammar in a member of its own; any other form stays as it is. */
export function nestedFormat(format: JsonText): Printable {
  const { root, textOf } = read(format);
  if (root === undefined || asString(root["type"]) !== "grammar" || root["grammar"] !== undefined)
    return raw(format);
  const { type: _type, ...grammar } = root;
  const members = Object.entries(grammar).map(([key, value]) => [key, raw(textOf(value))] as const);
  return { type: "grammar", grammar: Object.fromEntries(members) };
}

function read(format: JsonText): {
  readonly root: ReturnType<typeof asRecord>;
  readonly textOf: (value: Json) => JsonText;
} {
  const document = parseJson(format);
  if (!document.ok) return { root: undefined, textOf: () => format };
  const { root, textOf } = document.value;
  return { root: asRecord(root), textOf: (value) => textOf(value) };
}
