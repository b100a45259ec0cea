// What keeps the calls of one conversation together, so that the caches of prompts at a provider stay warm.
import { hash } from "../routing/affinity.ts";
import type { Affinity } from "../routing/upstream.ts";
import type { Call } from "./call.ts";

/** The session that a call belongs to; `undefined`: to none. */
export function sessionOf(call: Call, affinity: Affinity | undefined): string | undefined {
  switch (affinity?.kind) {
    case undefined:
      return undefined;
    case "header":
      return call.header(affinity.name);
    case "conversation":
      return conversation(call);
  }
}

/** Instructions and the first message stay the same through a conversation; what follows grows. */
function conversation(call: Call): string | undefined {
  if (call.operation !== "chat") return undefined;
  const request = call.request();
  if (!request.ok) return undefined;
  const { turns } = request.value;
  const first = turns.findIndex(({ role }) => role === "user");
  const blocks = turns.slice(0, first + 1).flatMap((turn) => turn.blocks);
  return blocks.length === 0 ? undefined : String(hash(JSON.stringify(blocks)));
}
