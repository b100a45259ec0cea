// The headers that tell a client which way its call went (interface.md, "Response headers").
import type { Call } from "./call.ts";
import type { Lane } from "./outcome.ts";

/** Request id and route of a call that was served on a lane. */
export function routeHeaders(call: Call, lane: Lane): Record<string, string> {
  const { pool, member, provider, number } = lane;
  const pair = `${call.protocol.name}>${provider.protocol.name}`;
  return {
    "x-recloser-request-id": call.id,
    "x-recloser-route": `${pair}; pool=${pool.name}; model=${member.upstream.name}; attempts=${number}`,
  };
}
