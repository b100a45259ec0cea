// Gemini generateContent, on the Developer API and on Vertex AI.
import type { Protocol } from "../protocol.ts";
import { check } from "./check.ts";
import { count } from "./count.ts";
import { egress } from "./egress.ts";
import { embeddings } from "./embeddings.ts";
import { decode as decodeFailure, encode as encodeFailure } from "./failure.ts";
import { ingress } from "./ingress.ts";
import { takesUrl } from "./media-address.ts";
import { list, one } from "./models.ts";
import { places } from "./places.ts";
import { decode as decodeReply } from "./reply-decode.ts";
import { encode as encodeReply } from "./reply-encode.ts";
import { decode as decodeRequest } from "./request-decode.ts";
import { encode as encodeRequest } from "./request-encode.ts";
import { decoder } from "./stream-decode.ts";
import { encoder } from "./stream-encode.ts";
import { tap } from "./tap.ts";

/** The protocol as the registry lists it. */
export const gemini = {
  name: "gemini",
  framing: "sse",
  ingress,
  egress,
  check,
  tap,
  failure: { decode: decodeFailure, encode: encodeFailure },
  models: { list, one },
  count,
  embeddings,
  codec: {
    request: { decode: decodeRequest, encode: encodeRequest, takesUrl },
    reply: { decode: decodeReply, encode: encodeReply },
    stream: { decoder, encoder, serial: true },
    places,
  },
} as const satisfies Protocol;
