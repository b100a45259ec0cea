// Embeddings as `embedContent` and `batchEmbedContents` have them (translation.md A.4, A.7; the SDK's
// `embedContentParametersPrivateToMldev`). Members may also be spelt with underscores, as in all of this API.
import { entry } from "../../lib/entry.ts";
import { asRecord, type Json, type JsonDocument, type Printable } from "../../lib/json.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type {
  EmbeddingsReply,
  EmbeddingsRequest,
  EmbeddingTask,
  Given,
} from "../../ir/embeddings.ts";
import type { Failure } from "../../ir/failure.ts";
import {
  dropped,
  given,
  noInput,
  noVectors,
  onlyHere,
  pieces,
  readVector,
  SETTING,
} from "../kit/embeddings.ts";
import { fieldsAt, fieldsOf, type Fields } from "../kit/fields.ts";
import { missing, takeNotes, type Notes } from "../kit/notes.ts";
import { pointer } from "../kit/pointer.ts";
import type { EmbeddingsCodec } from "../protocol.ts";
import { resourceName } from "./rename.ts";

/** Most requests in one batch. */
const MOST_REQUESTS = 100;

const TASKS: Readonly<Record<string, EmbeddingTask>> = {
  RETRIEVAL_DOCUMENT: "document",
  RETRIEVAL_QUERY: "query",
  SEMANTIC_SIMILARITY: "similarity",
  CLASSIFICATION: "classification",
  CLUSTERING: "clustering",
  QUESTION_ANSWERING: "question-answering",
  FACT_VERIFICATION: "fact-verification",
  CODE_RETRIEVAL_QUERY: "code-query",
};

/** The protocol's codec. */
export const embeddings: EmbeddingsCodec = {
  request: { decode: decodeRequest, encode: encodeRequest },
  reply: {
    decode: decodeReply,
    encode: ({ vectors, inputTokens }, { request }) => {
      const values = vectors.map((vector) => ({ values: vector }));
      const usage = inputTokens === undefined ? undefined : { promptTokenCount: inputTokens };
      const [first] = values;
      return request.form === "one"
        ? { embedding: first, usageMetadata: usage }
        : { embeddings: values, usageMetadata: usage };
    },
  },
  counts: false,
};

/** One of the texts, with the settings that each of them may have. */
type One = {
  readonly text: string;
  readonly task: Given<EmbeddingTask> | undefined;
  readonly dimensions: Given<number> | undefined;
};

function decodeRequest(document: JsonDocument): Result<EmbeddingsRequest, Failure> {
  const notes = takeNotes(document, "gemini", true);
  const root = fieldsOf(asRecord(document.root) ?? {}, "", notes);
  const batch = root.list("requests");
  const read = readAll(root, batch, notes);
  if (!read.ok) return read;
  root.rest(SETTING);
  const failure = notes.failure();
  if (failure !== undefined) return err(failure);
  const all = read.value;
  const [first] = all;
  if (first === undefined) return noInput("/requests");
  const odd = all.findIndex((one) => !isAlike(one, first));
  if (odd >= 0)
    return onlyHere(pointer("/requests", odd), "a batch whose requests differ in settings");
  const { task, dimensions } = first;
  return ok({
    inputs: all.map(({ text }) => text),
    task,
    dimensions,
    residue: notes.uses(),
    encodings: ["float"],
    form: batch === undefined ? "one" : "batch",
  });
}

/** The requests of a batch, or the one that is the whole document. */
function readAll(
  root: Fields,
  batch: readonly Json[] | undefined,
  notes: Notes,
): Result<readonly One[], Failure> {
  const all: One[] = [];
  const each = batch?.map((value, index) =>
    fieldsAt(value, pointer("/requests", index), notes),
  ) ?? [root];
  for (const fields of each) {
    const one = fields === undefined ? undefined : readOne(fields, notes);
    if (one?.ok === false) return one;
    if (one !== undefined) all.push(one.value);
  }
  return ok(all);
}

function isAlike(one: One, other: One): boolean {
  return one.task?.value === other.task?.value && one.dimensions?.value === other.dimensions?.value;
}

function readOne(fields: Fields, notes: Notes): Result<One, Failure> {
  fields.skip("model");
  const parts = fields.fields("content")?.list("parts");
  if (parts === undefined) notes.reject(missing(fields.at("content")));
  const texts: string[] = [];
  for (const [index, value] of (parts ?? []).entries()) {
    const path = `${fields.at("content")}/parts/${index}`;
    const text = fieldsAt(value, path, notes)?.string("text");
    if (text === undefined) return onlyHere(path, "other content than texts");
    texts.push(text);
  }
  // One host of this protocol wants the settings in an object of their own.
  const settings = fields.fields("embedContentConfig") ?? fields;
  const [taskKey, task] = spelt(settings, ["taskType", "task_type"], settings.string);
  const known = entry(TASKS, task ?? "");
  if (task !== undefined && known === undefined && task !== "TASK_TYPE_UNSPECIFIED") {
    notes.use(SETTING, settings.at(taskKey));
  }
  const names = ["outputDimensionality", "output_dimensionality"] as const;
  const [lengthKey, length] = spelt(settings, names, settings.number);
  settings.rest(SETTING);
  fields.rest(SETTING);
  const one = {
    text: texts.join("\n"),
    task: given(settings, taskKey, known),
    dimensions: given(settings, lengthKey, length),
  };
  return ok(one);
}

/** Reads a member under either of its names. */
function spelt<T>(
  fields: Fields,
  [camel, snake]: readonly [string, string],
  read: (key: string) => T | undefined,
): readonly [string, T | undefined] {
  return fields.record[snake] === undefined ? [camel, read(camel)] : [snake, read(snake)];
}

function encodeRequest(
  request: EmbeddingsRequest,
  { model }: { readonly model: string },
): ReturnType<EmbeddingsCodec["request"]["encode"]> {
  const { inputs, task, dimensions, truncate, residue } = request;
  const word = Object.keys(TASKS).find((key) => TASKS[key] === task?.value);
  const one = (text: string): { readonly [key: string]: Printable } => ({
    content: { parts: [{ text }] },
    taskType: word,
    outputDimensionality: dimensions?.value,
  });
  const losses = dropped(residue, truncate);
  const [only] = inputs;
  if (inputs.length === 1 && only !== undefined) return { bodies: [one(only)], losses };
  const bodies = pieces(inputs, MOST_REQUESTS).map((texts) => ({
    requests: texts.map((text) => ({ model: resourceName(model), ...one(text) })),
  }));
  return { bodies, batch: true, losses };
}

function decodeReply(document: JsonDocument): Result<EmbeddingsReply, Failure> {
  const notes = takeNotes(document, "gemini", false);
  const reply = fieldsOf(asRecord(document.root) ?? {}, "", notes);
  const single = reply.any("embedding");
  const list = single === undefined ? reply.list("embeddings") : [single];
  const vectors = (list ?? []).map((value) => readVector(asRecord(value)?.["values"]));
  const whole = vectors.flatMap((vector) => (vector === undefined ? [] : [vector]));
  if (list === undefined || whole.length !== vectors.length) return noVectors();
  const tokens = reply.fields("usageMetadata")?.number("promptTokenCount");
  return ok({ vectors: whole, ...(tokens === undefined ? {} : { inputTokens: tokens }) });
}
