// Embeddings as `POST /embeddings` has them (translation.md A.1, A.7; OpenAI's specification, CreateEmbeddingRequest).
import { asRecord, asString, type Json, type JsonDocument } from "../../lib/json.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { EmbeddingsReply, EmbeddingsRequest, VectorEncoding } from "../../ir/embeddings.ts";
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
  writeVector,
} from "../kit/embeddings.ts";
import { fieldsAt, fieldsOf, type Fields } from "../kit/fields.ts";
import { missing, takeNotes, wrongType, wrongValue, type Notes } from "../kit/notes.ts";
import { pointer } from "../kit/pointer.ts";
import type { EmbeddingsCodec } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";

/** Most inputs of one call. */
const MOST_INPUTS = 2048;
const ENCODINGS = ["float", "base64"] as const satisfies readonly VectorEncoding[];

/** The protocol's codec. */
export const embeddings: EmbeddingsCodec = {
  request: {
    decode: decodeRequest,
    encode: (request, { model }) => {
      const { inputs, dimensions, task, truncate, residue } = request;
      const bodies = pieces(inputs, MOST_INPUTS).map((input) => ({
        model,
        input,
        dimensions: dimensions?.value,
        // Numbers are what every server of this protocol can write.
        encoding_format: "float",
      }));
      return { bodies, losses: dropped(residue, task, truncate) };
    },
  },
  reply: {
    decode: decodeReply,
    encode: ({ vectors, model, inputTokens = 0 }, client) => {
      const [encoding = "float"] = client.request.encodings;
      return {
        object: "list",
        data: vectors.map((vector, index) => ({
          object: "embedding",
          index,
          embedding: writeVector(vector, encoding),
        })),
        model: model ?? client.model,
        usage: { prompt_tokens: inputTokens, total_tokens: inputTokens },
      };
    },
  },
  counts: true,
};

function decodeRequest(document: JsonDocument): Result<EmbeddingsRequest, Failure> {
  const notes = takeNotes(document, DIALECT, true);
  const fields = fieldsOf(asRecord(document.root) ?? {}, "", notes);
  fields.skip("model");
  const input = fields.any("input");
  if (isTokens(input)) return onlyHere("/input", "a list of tokens");
  const inputs = textsOf(input, notes);
  const format = fields.string("encoding_format") ?? "float";
  const encoding = ENCODINGS.find((candidate) => candidate === format);
  if (encoding === undefined) {
    notes.reject(wrongValue(fields.at("encoding_format"), format, ENCODINGS));
  }
  const dimensions = given(fields, "dimensions", fields.number("dimensions"));
  fields.residue("user", "R69");
  fields.rest(SETTING);
  const failure = notes.failure();
  if (failure !== undefined) return err(failure);
  if (inputs.length === 0) return noInput("/input");
  return ok({
    inputs,
    dimensions,
    residue: notes.uses(),
    encodings: [encoding ?? "float"],
    form: "",
  });
}

/** One list of tokens or several: only the model that they were made for can read them. */
function isTokens(input: Json | undefined): boolean {
  const [first] = Array.isArray(input) ? input : [];
  return typeof first === "number" || Array.isArray(first);
}

function textsOf(input: Json | undefined, notes: Notes): readonly string[] {
  const one = asString(input);
  if (one !== undefined) return [one];
  if (input === undefined) notes.reject(missing("/input"));
  else if (!Array.isArray(input)) notes.reject(wrongType("/input", "a string or an array", input));
  return (Array.isArray(input) ? input : []).flatMap((text: Json, index) => {
    const found = asString(text);
    if (found === undefined) notes.reject(wrongType(pointer("/input", index), "a string", text));
    return found ?? [];
  });
}

function decodeReply(document: JsonDocument): Result<EmbeddingsReply, Failure> {
  const notes = takeNotes(document, DIALECT, false);
  const reply = fieldsOf(asRecord(document.root) ?? {}, "", notes);
  const data = reply.list("data");
  if (data === undefined) return noVectors();
  const entries = data.flatMap((value, at) =>
    entryOf(fieldsAt(value, pointer("/data", at), notes), at),
  );
  if (entries.length !== data.length) return noVectors();
  const model = reply.string("model");
  const tokens = reply.fields("usage")?.number("prompt_tokens");
  return ok({
    vectors: entries.toSorted((a, b) => a.index - b.index).map(({ vector }) => vector),
    ...(model === undefined ? {} : { model }),
    ...(tokens === undefined ? {} : { inputTokens: tokens }),
  });
}

type Entry = { readonly index: number; readonly vector: readonly number[] };

function entryOf(fields: Fields | undefined, at: number): readonly Entry[] {
  const vector = readVector(fields?.any("embedding"));
  return vector === undefined ? [] : [{ index: fields?.number("index") ?? at, vector }];
}
