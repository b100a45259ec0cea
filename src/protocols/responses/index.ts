// OpenAI Responses.
import { encode as encodeFailure } from "../kit/openai-failure-encode.ts";
import { decode as decodeFailure } from "../kit/openai-failure.ts";
import { list, one } from "../kit/openai-models.ts";
import type { Protocol } from "../protocol.ts";
import { check } from "./check.ts";
import { count } from "./count.ts";
import { egress } from "./egress.ts";
import { ingress } from "./ingress.ts";
import { state } from "./state.ts";
import { tap } from "./tap.ts";

/** The protocol as the registry lists it. */
export const responses = {
  name: "responses",
  framing: "sse",
  ingress,
  egress,
  check,
  tap,
  failure: { decode: decodeFailure, encode: encodeFailure },
  state,
  models: { list, one },
  count,
} as const satisfies Protocol;
