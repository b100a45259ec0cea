// OpenAI Chat Completions, and the many vendors that speak it.
import type { Protocol } from "../protocol.ts";
import { egress } from "./egress.ts";
import { encode as encodeFailure } from "./failure-encode.ts";
import { decode as decodeFailure } from "./failure.ts";
import { ingress } from "./ingress.ts";
import { list, one } from "./models.ts";
import { tap } from "./tap.ts";

/** The protocol as the registry lists it. */
export const openai = {
  name: "openai",
  framing: "sse",
  ingress,
  egress,
  tap,
  failure: { decode: decodeFailure, encode: encodeFailure },
  models: { list, one },
} as const satisfies Protocol;
