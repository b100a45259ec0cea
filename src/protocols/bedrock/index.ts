// AWS Bedrock Converse.
import type { Protocol } from "../protocol.ts";
import { check } from "./check.ts";
import { count } from "./count.ts";
import { egress } from "./egress.ts";
import { embeddings } from "./embeddings.ts";
import { decode as decodeFailure, encode as encodeFailure } from "./failure.ts";
import { ingress } from "./ingress.ts";
import { list, one } from "./models.ts";
import { tap } from "./tap.ts";

/** The protocol as the registry lists it. */
export const bedrock = {
  name: "bedrock",
  framing: "eventstream",
  ingress,
  egress,
  check,
  tap,
  failure: { decode: decodeFailure, encode: encodeFailure },
  models: { list, one },
  count,
  embeddings,
} as const satisfies Protocol;
