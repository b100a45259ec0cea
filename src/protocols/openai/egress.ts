// How Chat Completions requests leave: addresses below a base URL that ends in `/v1`, and the headers around them.
import { unreachable } from "../../lib/result.ts";
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
    "azureml-model-session",
  ],
};

function target(call: EgressCall): string {
  switch (call.operation) {
    case "chat":
      return "/chat/completions";
    case "embeddings":
      return "/embeddings";
    case "models":
      return "/models";
    case "model":
      // Some vendors have slashes in model names; they stay separators (`/models/vendor/name`).
      return `/models/${call.model.split("/").map(encodeURIComponent).join("/")}`;
    case "count-tokens":
      throw new Error("Chat Completions has no operation that counts tokens");
  }
  return unreachable(call.operation);
}
