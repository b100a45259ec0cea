// What a vendor's variant of a protocol wants changed in every body, such as Claude on Vertex, which has the model in its
// path and the version in the body. Other members keep their spelling.
import { utf8 } from "../lib/bytes.ts";
import { asRecord, parseJson, printJson, spelt } from "../lib/json.ts";
import type { Provider } from "./runtime.ts";

/** Applies a provider's patch; a provider without one, or a body that is no JSON object, leaves the bytes as they are. */
export function patchBody(body: Uint8Array, patch: Provider["body"]): Uint8Array {
  if (patch === undefined || body.byteLength === 0) return body;
  const document = parseJson(new TextDecoder().decode(body));
  const root = document.ok ? asRecord(document.value.root) : undefined;
  if (!document.ok || root === undefined) return body;
  const kept = spelt(document.value, root).filter(([name]) => !patch.drop.includes(name));
  // What the client says itself stands.
  return utf8(printJson({ ...patch.add, ...Object.fromEntries(kept) }));
}
