// Embeddings as `POST /v2/embed` has them (translation.md A.6, A.7).
import {
  decodeTexts,
  decodeTextsReply,
  encodeTexts,
  encodeTextsReply,
} from "../kit/embeddings-texts.ts";
import type { EmbeddingsCodec } from "../protocol.ts";

/** The protocol's codec. */
export const embeddings: EmbeddingsCodec = {
  request: {
    // This API always names the kinds in its replies.
    decode: (document) => {
      const request = decodeTexts(document);
      return request.ok ? { ok: true, value: { ...request.value, form: "typed" } } : request;
    },
    encode: (request, { model }) => {
      const { bodies, losses } = encodeTexts(request);
      return { bodies: bodies.map((body) => ({ model, ...body })), losses };
    },
  },
  reply: {
    decode: decodeTextsReply,
    encode: (reply, client) => {
      const { inputTokens } = reply;
      const billed = inputTokens === undefined ? undefined : { input_tokens: inputTokens };
      return {
        ...encodeTextsReply(reply, client),
        meta: { api_version: { version: "2" }, billed_units: billed },
      };
    },
  },
  counts: false,
};
