// How Responses requests leave: addresses below a base URL that ends in `/v1`.
import { rawPaths } from "../kit/raw-path.ts";
import type { Egress, EgressCall } from "../protocol.ts";

/** How requests to an upstream of this protocol leave. */
export const egress: Egress = {
  target,
  raw: rawPaths(["/v1/"], "/v1"),
  modelIn: "body",
  headers: [],
  returnedHeaders: [
    "x-request-id",
    "x-ratelimit-*",
    "retry-after-ms",
    "x-should-retry",
    "openai-*",
  ],
};

function target(call: EgressCall): string {
  switch (call.operation) {
    case "chat":
      return "/responses";
    case "count-tokens":
      return "/responses/input_tokens";
    case "embeddings":
      return "/embeddings";
    case "models":
      return "/models";
    case "model":
      return `/models/${encodeURIComponent(call.model)}`;
  }
}
