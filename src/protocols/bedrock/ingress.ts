// How Converse requests arrive: the model in the path, signed by AWS Signature Version 4 or with an API key
// (translation.md 0.3, A.5).
import { entry } from "../../lib/entry.ts";
import { bearer } from "../kit/credentials.ts";
import { decodeSegment } from "../kit/paths.ts";
import { MARKS } from "./embeddings.ts";
import type { Ingress, RouteMatch } from "../protocol.ts";

const CALL = /^\/model\/(.+)\/(converse|converse-stream|count-tokens|invoke)$/;

const OPERATIONS: Readonly<Record<string, Omit<RouteMatch, "method" | "model">>> = {
  converse: { operation: "chat", stream: false },
  "converse-stream": { operation: "chat", stream: true },
  "count-tokens": { operation: "count-tokens", stream: false },
  // What else models are invoked for is each family's own affair.
  invoke: { operation: "embeddings", stream: false, marks: MARKS },
};

/** How requests of this protocol arrive. */
export const ingress: Ingress = {
  match: (path) => {
    const match = CALL.exec(path);
    // ARNs hold colons and slashes: the SDK encodes them, so the segment is decoded once (E015).
    const model = decodeSegment(match?.[1]);
    const meaning = entry(OPERATIONS, match?.[2] ?? "");
    if (model === undefined || meaning === undefined) return undefined;
    return { ...meaning, method: "POST", model };
  },
  credential: (header, query) => {
    const signed = header("authorization")?.startsWith("AWS4-HMAC-SHA256") === true;
    return signed || query.has("X-Amz-Signature") ? { kind: "sigv4" } : bearer(header);
  },
  framing: () => "eventstream",
  forwardedHeaders: [
    "x-amzn-bedrock-trace",
    "x-amzn-bedrock-guardrailidentifier",
    "x-amzn-bedrock-guardrailversion",
    "x-amzn-bedrock-performanceconfig-latency",
    "traceparent",
  ],
};
