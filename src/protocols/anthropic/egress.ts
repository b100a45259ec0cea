// How Messages requests leave: addresses below a base URL without `/v1`, and the headers around them.
import { rawPaths } from "../kit/raw-path.ts";
import type { Egress, EgressCall } from "../protocol.ts";

/** How requests to an upstream of this protocol leave. */
export const egress: Egress = {
  target,
  raw: rawPaths(["/v1/"]),
  modelIn: "body",
  // Translated bodies follow the older version: the newer one rejects what clients of other dialects send (A.3, F 8).
  headers: [["anthropic-version", "2023-06-01"]],
  returnedHeaders: ["request-id", "anthropic-*", "x-should-retry", "retry-after-ms"],
};

function target(call: EgressCall): string {
  switch (call.operation) {
    case "chat":
      return "/v1/messages";
    case "count-tokens":
      return "/v1/messages/count_tokens";
    case "models":
      return "/v1/models";
    case "model":
      return `/v1/models/${encodeURIComponent(call.model)}`;
    case "embeddings":
      throw new Error("Messages has no embeddings");
  }
}
