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
  query: URLSearchParams,
  requestId: string,
): Response | undefined {
  const { protocol, route } = match;
  const headers = { "content-type": "application/json", "x-recloser-request-id": requestId };
  if (route.operation === "models") {
    const list = protocol.models.list(runtime.models, query);
    if (list.ok) return new Response(printJson(list.value), { headers });
    return refuse(list.error, { protocol, requestId, headers: {} });
  }
  if (route.operation !== "model") return undefined;
  const id = route.model ?? "";
  const entry = runtime.models.find((candidate) => candidate.id === id) ?? unlisted(runtime, id);
  if (entry !== undefined) return new Response(printJson(protocol.models.one(entry)), { headers });
  const failure = {
    class: "model-unknown",
    message: `nothing is called ${JSON.stringify(id)}`,
  } as const;
  return refuse(failure, { protocol, requestId, headers: {} });
}

/** A name that is not listed but can be called all the same: a wildcard alias or `provider/model`. */
function unlisted(runtime: Runtime, id: string): Runtime["models"][number] | undefined {
  const pool = resolveTarget(runtime.targets, id);
  if (pool === undefined) return undefined;
  const listed = runtime.models.find((entry) => entry.id === pool.name);
  return { ...listed, id, created: runtime.startedAt };
}
