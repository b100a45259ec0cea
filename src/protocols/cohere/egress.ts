// How Cohere v2 requests leave: addresses below a base URL without a version.
import { rawPaths } from "../kit/raw-path.ts";
import type { Egress, EgressCall } from "../protocol.ts";

/** How requests to an upstream of this protocol leave. */
export const egress: Egress = {
  target,
  raw: rawPaths(["/v2/", "/v1/"]),
  modelIn: "body",
  headers: [],
  returnedHeaders: [
    "x-debug-trace-id",
    "x-endpoint-monthly-call-limit",
    "x-trial-endpoint-*",
    "num_tokens",
  ],
};

function target(call: EgressCall): string {
  switch (call.operation) {
    case "chat":
      return "/v2/chat";
    case "embeddings":
      return "/v2/embed";
    case "count-tokens":
      return "/v1/tokenize";
    case "models":
      return "/v1/models";
    case "model":
      return `/v1/models/${encodeURIComponent(call.model)}`;
  }
}
