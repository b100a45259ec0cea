// The body with `texts`, which one vendor's own API and its models on another host share (translation.md A.6, A.7).
import {
  asRecord,
  asString,
  type Json,
  type JsonDocument,
  type Printable,
} from "../../lib/json.ts";
import { ok, type Result } from "../../lib/result.ts";
import type {
  EmbeddingsReply,
  EmbeddingsRequest,
  EmbeddingTask,
  Given,
  VectorEncoding,
} from "../../ir/embeddings.ts";
import type { Failure } from "../../ir/failure.ts";
import type { Loss } from "../../ir/loss.ts";
import {
  dropped,
  given,
  noInput,
  noVectors,
  onlyHere,
  pieces,
  readVector,
  SETTING,
  writeVector,
} from "./embeddings.ts";
import { fieldsOf, type Fields } from "./fields.ts";
import { missing, takeNotes, wrongType, wrongValue, type Notes } from "./notes.ts";
import { pointer } from "./pointer.ts";
import type { Draft } from "./residue.ts";

/** Most texts in one call. */
const MOST_TEXTS = 96;

const TASKS: Readonly<Record<string, EmbeddingTask>> = {
  search_document: "document",
  search_query: "query",
  classification: "classification",
  clustering: "clustering",
};

/** Every task in this dialect's words; `near`: the word means something a little different. */
const WORDS = {
  document: { word: "search_document", near: false },
  query: { word: "search_query", near: false },
  classification: { word: "classification", near: false },
  clustering: { word: "clustering", near: false },
  similarity: { word: "clustering", near: true },
  "question-answering": { word: "search_query", near: true },
  "fact-verification": { word: "search_query", near: true },
  "code-query": { word: "search_query", near: true },
} as const satisfies Record<EmbeddingTask, { readonly word: string; readonly near: boolean }>;

const CUTS: Readonly<Record<string, "none" | "start" | "end">> = {
  NONE: "none",
  START: "start",
  END: "end",
};

/** Reads a request. `form` is `typed` where the client named the kinds of embeddings, else `plain`. */
export function decodeTexts(document: JsonDocument): Result<EmbeddingsRequest, Failure> {
  const notes = takeNotes(document, "", true);
  const fields = fieldsOf(asRecord(document.root) ?? {}, "", notes);
  fields.skip("model");
  for (const key of ["images", "inputs"]) {
    if (fields.any(key) !== undefined) return onlyHere(fields.at(key), "other content than texts");
  }
  const inputs = textsOf(fields, notes);
  const kinds = fields.list("embedding_types") ?? [];
  const encodings = kinds.filter(isEncoding);
  if (encodings.length !== kinds.length) {
    return onlyHere("/embedding_types", "quantized embeddings");
  }
  const task = word(fields, "input_type", TASKS, notes);
  const truncate = word(fields, "truncate", CUTS, notes);
  const dimensions = given(fields, "output_dimension", fields.number("output_dimension"));
  fields.rest(SETTING);
  const failure = notes.failure();
  if (failure !== undefined) return { ok: false, error: failure };
  if (inputs.length === 0) return noInput("/texts");
  return ok({
    inputs,
    task,
    truncate,
    dimensions,
    residue: notes.uses(),
    encodings: encodings.length === 0 ? ["float"] : encodings,
    form: kinds.length === 0 ? "plain" : "typed",
  });
}

function textsOf(fields: Fields, notes: Notes): readonly string[] {
  const list = fields.list("texts");
  if (list === undefined && fields.any("texts") === undefined) notes.reject(missing("/texts"));
  return (list ?? []).flatMap((text, index) => {
    const found = asString(text);
    if (found === undefined) notes.reject(wrongType(pointer("/texts", index), "a string", text));
    return found ?? [];
  });
}

function isEncoding(kind: Json): kind is VectorEncoding {
  return kind === "float" || kind === "base64";
}

function word<T>(
  fields: Fields,
  key: string,
  words: Readonly<Record<string, T>>,
  notes: Notes,
): Given<T> | undefined {
  const text = fields.string(key);
  if (text === undefined) return undefined;
  if (!Object.hasOwn(words, text)) {
    notes.reject(wrongValue(fields.at(key), text, Object.keys(words)));
  }
  return given(fields, key, words[text]);
}

/** Writes the bodies, without a model: `MOST_TEXTS` in each (E332). */
export function encodeTexts(request: EmbeddingsRequest): {
  readonly bodies: readonly Draft[];
  readonly losses: readonly Loss[];
} {
  const { inputs, task, truncate, dimensions, residue } = request;
  const { word: inputType, near } = WORDS[task?.value ?? "document"];
  // Without a task the vectors are those of documents, and a query's would be others: the caller should know.
  const bent: Loss = { id: SETTING, path: task?.path ?? "/input_type", level: "D" };
  const bodies = pieces(inputs, MOST_TEXTS).map((texts) => ({
    texts,
    input_type: inputType,
    embedding_types: ["float"],
    output_dimension: dimensions?.value,
    truncate: truncate?.value.toUpperCase(),
  }));
  return { bodies, losses: [...dropped(residue), ...(task === undefined || near ? [bent] : [])] };
}

/** Reads a reply in either form. */
export function decodeTextsReply(document: JsonDocument): Result<EmbeddingsReply, Failure> {
  const notes = takeNotes(document, "", false);
  const reply = fieldsOf(asRecord(document.root) ?? {}, "", notes);
  const typed = reply.fields("embeddings");
  const list = typed?.list("float") ?? typed?.list("base64") ?? reply.list("embeddings");
  const vectors = (list ?? []).map(readVector);
  const whole = vectors.flatMap((vector) => (vector === undefined ? [] : [vector]));
  if (list === undefined || whole.length !== vectors.length) return noVectors();
  const tokens = reply.fields("meta")?.fields("billed_units")?.number("input_tokens");
  return ok({ vectors: whole, ...(tokens === undefined ? {} : { inputTokens: tokens }) });
}

/** Writes a reply in the form that the request asked for. */
export function encodeTextsReply(
  { vectors }: EmbeddingsReply,
  { request, callId }: { readonly request: EmbeddingsRequest; readonly callId: string },
): Draft {
  const { inputs, encodings, form } = request;
  const list = (encoding: VectorEncoding): Printable =>
    vectors.map((vector) => writeVector(vector, encoding));
  const typed = form === "typed";
  return {
    id: callId,
    texts: inputs,
    embeddings: typed
      ? Object.fromEntries(encodings.map((encoding) => [encoding, list(encoding)]))
      : list("float"),
    response_type: typed ? "embeddings_by_type" : "embeddings_floats",
  };
}
