// How Gemini requests leave: the model and the verb in the path below a base URL without a version.
import { rawPaths } from "../kit/raw-path.ts";
import { rename } from "./rename.ts";
import type { Egress, EgressCall } from "../protocol.ts";

/** How requests to an upstream of this protocol leave. */
export const egress: Egress = {
  target,
  raw: rawPaths(["/v1beta/", "/v1alpha/", "/v1/", "/upload/"]),
  modelIn: "path",
  rename,
  headers: [],
  returnedHeaders: ["x-goog-*", "x-ratelimit-*", "server-timing"],
};

function target(call: EgressCall): string {
  const model = `/v1beta/${resourceOf(call.model)}`;
  switch (call.operation) {
    case "chat":
      return call.stream ? `${model}:streamGenerateContent?alt=sse` : `${model}:generateContent`;
    case "count-tokens":
      return `${model}:countTokens`;
    case "embeddings":
      return call.batch === true ? `${model}:batchEmbedContents` : `${model}:embedContent`;
    case "models":
      return "/v1beta/models";
    case "model":
      return model;
  }
}

/** `models/NAME`; a tuned model brings its kind with it. */
function resourceOf(model: string): string {
  const [, kind = "models", name = model] = /^(models|tunedModels)\/(.+)$/.exec(model) ?? [];
  return `${kind}/${encodeURIComponent(name)}`;
}
