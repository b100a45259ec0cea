// Embeddings as `InvokeModel` has them: each family of models has a body of its own (AWS, "Amazon Titan Embeddings Text"
// and "Cohere Embed models"; translation.md A.7).
import { asRecord, asString, type JsonDocument } from "../../lib/json.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { EmbeddingsReply, EmbeddingsRequest } from "../../ir/embeddings.ts";
import type { Failure } from "../../ir/failure.ts";
import {
  dropped,
  given,
  noInput,
  noVectors,
  onlyHere,
  readVector,
  SETTING,
} from "../kit/embeddings.ts";
import {
  decodeTexts,
  decodeTextsReply,
  encodeTexts,
  encodeTextsReply,
} from "../kit/embeddings-texts.ts";
import { fieldsOf } from "../kit/fields.ts";
import { missing, takeNotes } from "../kit/notes.ts";
import type { EmbeddingsCodec, HeaderReader } from "../protocol.ts";

/** Members of which the body of a request for embeddings has one. */
export const MARKS: readonly string[] = ["inputText", "texts"];

/** The protocol's codec. */
export const embeddings: EmbeddingsCodec = {
  request: {
    decode: (document) =>
      asRecord(document.root)?.["texts"] === undefined
        ? decodeText(document)
        : decodeTexts(document),
    encode: (request, { capabilities }) =>
      capabilities.family === "command" ? encodeTexts(request) : encodeEach(request),
  },
  reply: {
    decode: (document, header) => {
      const isText = asRecord(document.root)?.["embedding"] !== undefined;
      const reply = isText ? decodeTextReply(document) : decodeTextsReply(document);
      return reply.ok ? ok(withTokens(reply.value, header)) : reply;
    },
    encode: (reply, client) => {
      const { form } = client.request;
      if (!form.startsWith("text")) return encodeTextsReply(reply, client);
      const [embedding = []] = reply.vectors;
      return {
        embedding,
        ...(form === "text-typed" ? { embeddingsByType: { float: embedding } } : {}),
        inputTextTokenCount: reply.inputTokens ?? 0,
      };
    },
  },
  counts: true,
};

/** The body of the host's own models: one text. */
function decodeText(document: JsonDocument): Result<EmbeddingsRequest, Failure> {
  const notes = takeNotes(document, "bedrock", true);
  const fields = fieldsOf(asRecord(document.root) ?? {}, "", notes);
  const text = fields.string("inputText");
  if (text === undefined && fields.any("inputText") === undefined) {
    notes.reject(missing("/inputText"));
  }
  const kinds = fields.list("embeddingTypes")?.map((kind) => asString(kind));
  if (kinds?.some((kind) => kind !== "float") === true) {
    return onlyHere("/embeddingTypes", "quantized embeddings");
  }
  // Vectors of length 1 are what every vendor makes unless told otherwise.
  if (fields.boolean("normalize") === false) notes.use(SETTING, "/normalize");
  const dimensions = given(fields, "dimensions", fields.number("dimensions"));
  fields.rest(SETTING);
  const failure = notes.failure();
  if (failure !== undefined) return err(failure);
  if (text === undefined) return noInput("/inputText");
  return ok({
    inputs: [text],
    dimensions,
    residue: notes.uses(),
    encodings: ["float"],
    form: kinds === undefined ? "text" : "text-typed",
  });
}

/** A call for each text. */
function encodeEach(request: EmbeddingsRequest): ReturnType<EmbeddingsCodec["request"]["encode"]> {
  const { inputs, dimensions, task, truncate, residue } = request;
  const bodies = inputs.map((inputText) => ({ inputText, dimensions: dimensions?.value }));
  return { bodies, losses: dropped(residue, task, truncate) };
}

function decodeTextReply(document: JsonDocument): Result<EmbeddingsReply, Failure> {
  const reply = asRecord(document.root);
  const vector = readVector(reply?.["embedding"]);
  if (vector === undefined) return noVectors();
  const tokens = reply?.["inputTextTokenCount"];
  return ok({ vectors: [vector], ...(typeof tokens === "number" ? { inputTokens: tokens } : {}) });
}

/** Families whose body does not tell have a header that does. */
function withTokens(reply: EmbeddingsReply, header: HeaderReader): EmbeddingsReply {
  const told = header("x-amzn-bedrock-input-token-count");
  if (reply.inputTokens !== undefined || told === undefined) return reply;
  return /^\d+$/.test(told) ? { ...reply, inputTokens: Number(told) } : reply;
}
