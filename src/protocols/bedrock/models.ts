// Model lists in the shape of Bedrock's `ListFoundationModels` (translation.md A.5). The runtime host has no such route of
// its own; clients that ask the gateway get the names that it serves.
import type { Printable } from "../../lib/json.ts";
import { ok, type Result } from "../../lib/result.ts";
import type { ModelEntry } from "../protocol.ts";

/** The body of `GET /foundation-models`. */
export function list(entries: readonly ModelEntry[]): Result<Printable, never> {
  return ok({ modelSummaries: entries.map((entry) => one(entry)) });
}

/** One summary. */
export function one(entry: ModelEntry): Printable {
  return {
    modelArn: `arn:aws:bedrock:::foundation-model/${entry.id}`,
    modelId: entry.id,
    modelName: entry.id,
    providerName: "recloser",
    inputModalities: ["TEXT"],
    outputModalities: ["TEXT"],
    responseStreamingSupported: true,
  };
}
