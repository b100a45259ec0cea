// Model lists: the names that can be called, in the shape of the dialect that asks.
import { printJson } from "../lib/json.ts";
import { refuse } from "../gateway/refuse.ts";
import type { Runtime } from "../gateway/runtime.ts";
import type { Detected } from "../protocols/registry.ts";
import { resolveTarget } from "../routing/targets.ts";

/** Answers `models` and `model`; `undefined` for every other operation. */
export function modelReply(
  runtime: Runtime,
  match: Extract<Detected, { kind: "match" }>,
  requestId: string,
): Response | undefined {
  const { protocol, route } = match;
  const headers = { "content-type": "application/json", "x-recloser-request-id": requestId };
  if (route.operation === "models") {
    return new Response(printJson(protocol.models.list(runtime.models)), { headers });
  }
  if (route.operation !== "model") return undefined;
  const id = route.model ?? "";
  const entry = runtime.models.find((candidate) => candidate.id === id) ?? adHocEntry(runtime, id);
  if (entry !== undefined) return new Response(printJson(protocol.models.one(entry)), { headers });
  const failure = {
    class: "model-unknown",
    message: `nothing is called ${JSON.stringify(id)}`,
  } as const;
  return refuse(failure, { protocol, requestId, headers: {} });
}

/** A name that is not listed but can be called all the same: a wildcard alias or `provider/model`. */
function adHocEntry(runtime: Runtime, id: string): Runtime["models"][number] | undefined {
  if (resolveTarget(runtime.targets, id) === undefined) return undefined;
  return { id, created: runtime.startedAt };
}
