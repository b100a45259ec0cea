// Remembers opaque reasoning for clients that do not carry it, within bounds: a conversation whose reasoning is forgotten
// goes on without it (translation.md 0.4, E170, E171).
import type { Bounded } from "../cache/bounded.ts";
import { mayReplay } from "../ir/opaque.ts";
import { recall, remember, type Trace } from "../ir/recall.ts";
import type { Reply } from "../ir/reply.ts";
import type { Req } from "../ir/request.ts";
import type { Target } from "../protocols/protocol.ts";
import type { Call } from "./call.ts";
import type { Runtime } from "./runtime.ts";

/** What is remembered, by tenant and key. */
export type OpaqueStore = Bounded<Trace>;

/** Remembers what the client may not return. */
export function rememberReply(runtime: Runtime, call: Call, request: Req, reply: Reply): void {
  for (const { key, trace, bytes } of remember(reply, request)) {
    runtime.opaques.put(`${call.tenant} ${key}`, trace, bytes);
  }
}

/** The request with the reasoning that the target made, as far as it is remembered. */
export function recallRequest(runtime: Runtime, call: Call, request: Req, target: Target): Req {
  const lookup = (key: string): Trace | undefined => runtime.opaques.get(`${call.tenant} ${key}`);
  return recall(request, lookup, (opaque) => mayReplay(opaque, target));
}
