// Anthropic Messages.
import type { MediaKind, Protocol } from "../protocol.ts";
import { check } from "./check.ts";
import { count } from "./count.ts";
import { egress } from "./egress.ts";
import { decode as decodeFailure, encode as encodeFailure } from "./failure.ts";
import { ingress } from "./ingress.ts";
import { list, one } from "./models.ts";
import { places } from "./places.ts";
import { resume } from "./resume.ts";
import { decode as decodeReply } from "./reply-decode.ts";
import { encode as encodeReply } from "./reply-encode.ts";
import { decode as decodeRequest } from "./request-decode.ts";
import { encode as encodeRequest } from "./request-encode.ts";
import { decoder } from "./stream-decode.ts";
import { encoder } from "./stream-encode.ts";
import { tap } from "./tap.ts";

/** What the vendor fetches by itself (translation.md C.3, R07 and R11). */
function takesUrl(kind: MediaKind): boolean {
  return kind === "image" || kind === "document";
}

/** The protocol as the registry lists it. */
export const anthropic = {
  name: "anthropic",
  framing: "sse",
  ingress,
  egress,
  check,
  tap,
  failure: { decode: decodeFailure, encode: encodeFailure },
  models: { list, one },
  count,
  codec: {
    request: { decode: decodeRequest, encode: encodeRequest, takesUrl, resume },
    reply: { decode: decodeReply, encode: encodeReply, vague: ["malformed_call"] },
    stream: { decoder, encoder, serial: true },
    places,
  },
} as const satisfies Protocol;
