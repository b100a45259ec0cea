// How Converse requests leave: the model in the path, percent-encoded as the SDK does it.
import { rawPaths } from "../kit/raw-path.ts";
import type { Egress, EgressCall } from "../protocol.ts";

/** How requests to an upstream of this protocol leave. */
export const egress: Egress = {
  target,
  raw: rawPaths(["/model/", "/guardrail/"]),
  modelIn: "path",
  headers: [],
  returnedHeaders: ["x-amzn-requestid", "x-amzn-errortype", "x-amzn-bedrock-*", "x-amzn-trace-id"],
};

function target(call: EgressCall): string {
  const model = `/model/${encodeURIComponent(call.model)}`;
  switch (call.operation) {
    case "chat":
      return `${model}/${call.stream ? "converse-stream" : "converse"}`;
    case "count-tokens":
      return `${model}/count-tokens`;
    case "embeddings":
      return `${model}/invoke`;
    case "models":
      return "/foundation-models";
    case "model":
      return `/foundation-models/${encodeURIComponent(call.model)}`;
  }
}
