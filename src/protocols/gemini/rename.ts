// Bodies that repeat the model's name of the path: embeddings, each request of a batch of them, and the request whose
// tokens are counted. The API refuses a name that is not that of the path.
import {
  asArray,
  asRecord,
  raw,
  type Json,
  type JsonDocument,
  type Printable,
} from "../../lib/json.ts";

/** `models/NAME`; a tuned model brings its kind with it. */
export function resourceName(model: string): string {
  return /^(?:models|tunedModels)\//.test(model) ? model : `models/${model}`;
}

/** Puts the model's name in its places; everything else keeps its spelling. */
export function rename(document: JsonDocument, model: string): Printable {
  return renamed(document, document.root, resourceName(model));
}

function renamed(document: JsonDocument, node: Json, name: string): Printable {
  const record = asRecord(node);
  if (record === undefined) return raw(document.textOf(node));
  const members = Object.entries(record).map(([key, value]): [string, Printable] => {
    if (key === "model") return [key, name];
    const list = asArray(value);
    if (key === "requests" && list !== undefined) {
      return [key, list.map((each) => renamed(document, each, name))];
    }
    if (key === "generateContentRequest") return [key, renamed(document, value, name)];
    return [key, raw(document.numberText(record, key) ?? document.textOf(value))];
  });
  return Object.fromEntries(members);
}
