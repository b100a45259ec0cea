// OpenAI Chat Completions, and the many vendors that speak it.
import type { MediaKind, Protocol } from "../protocol.ts";
import { check } from "./check.ts";
import { egress } from "./egress.ts";
import { encode as encodeFailure } from "../kit/openai-failure-encode.ts";
import { decode as decodeFailure } from "../kit/openai-failure.ts";
import { embeddings } from "./embeddings.ts";
import { ingress } from "./ingress.ts";
import { list, one } from "../kit/openai-models.ts";
import { places } from "./places.ts";
import { decode as decodeReply } from "./reply-decode.ts";
import { encode as encodeReply } from "./reply-encode.ts";
import { decode as decodeRequest } from "./request-decode.ts";
import { encode as encodeRequest } from "./request-encode.ts";
import { decoder } from "./stream-decode.ts";
import { encoder } from "./stream-encode.ts";
import { tap } from "./tap.ts";

/** What the vendor fetches by itself (translation.md C.3, R07 and R11). */
function takesUrl(kind: MediaKind): boolean {
  return kind === "image";
}

/** The protocol as the registry lists it. */
export const openai = {
  name: "openai",
  framing: "sse",
  ingress,
  egress,
  check,
  tap,
  failure: { decode: decodeFailure, encode: encodeFailure },
  models: { list, one },
  embeddings,
  codec: {
    request: { decode: decodeRequest, encode: encodeRequest, takesUrl },
    reply: { decode: decodeReply, encode: encodeReply, vague: ["malformed_call"] },
    stream: { decoder, encoder, serial: false },
    places,
  },
} as const satisfies Protocol;
