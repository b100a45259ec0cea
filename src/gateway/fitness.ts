// Who of a pool cannot take a call anyway: before anybody is asked, members whose window, modality or tools are known not to
// suffice are left out, unless nobody would remain. Where all members are alike the body is not even parsed.
import type { Block } from "../ir/block.ts";
import type { Req } from "../ir/request.ts";
import { beyondModel } from "../protocols/kit/beyond-model.ts";
import { estimateRequest } from "../protocols/estimate.ts";
import type { ModelCapabilities } from "../protocols/protocol.ts";
import type { Pool } from "../routing/upstream.ts";
import type { Call } from "./call.ts";
import type { Runtime } from "./runtime.ts";

/** What each member cannot take, by index; `undefined`: nothing that is known. */
export type Unfit = readonly (string | undefined)[];

/** A text has at least so many bytes for each token; below that no window can be too small. */
const LEAST_BYTES_PER_TOKEN = 2;

/** Looks at the call as far as members differ. */
export function unfitFor(runtime: Runtime, call: Call, pool: Pool): Unfit {
  const none = pool.members.map(() => undefined);
  if (pool.members.length < 2 || call.operation !== "chat") return none;
  const known = pool.members.map(({ upstream }) => runtime.capabilities(upstream));
  const windows = pool.members.map(({ upstream }) => upstream.contextWindow);
  const mayOverflow = windows.some(
    (window) => window !== undefined && call.body.byteLength > window * LEAST_BYTES_PER_TOKEN,
  );
  if (!mayOverflow && !differ(known)) return none;
  const request = call.request();
  if (!request.ok) return none;
  const tokens = mayOverflow ? estimateRequest(request.value) : 0;
  const verdicts = known.map((capabilities, index) =>
    lacking(request.value, capabilities, tokens, windows[index]),
  );
  return verdicts.every((verdict) => verdict !== undefined) ? none : verdicts;
}

/** The switches that a call may need. */
const NEEDS = [
  "vision",
  "audio",
  "pdf",
  "tools",
] as const satisfies readonly (keyof ModelCapabilities)[];

function differ(known: readonly ModelCapabilities[]): boolean {
  return NEEDS.some((need) =>
    known.some((each) => (each[need] === false) !== (known[0]?.[need] === false)),
  );
}

/** An estimate is no count: only a request that is well beyond the window is kept away. */
const MARGIN = 1.25;

function lacking(
  request: Req,
  capabilities: ModelCapabilities,
  tokens: number,
  window: number | undefined,
): string | undefined {
  if (window !== undefined && tokens > window * MARGIN) {
    return `about ${tokens} tokens do not fit into ${window}`;
  }
  if (capabilities.tools === false && request.tools.length > 0) return "tools";
  for (const { blocks } of request.turns) {
    const block = blocks.flatMap(withInner).find((each) => beyondModel(each, capabilities));
    if (block !== undefined) return block.kind;
  }
  return undefined;
}

function withInner(block: Block): readonly Block[] {
  return block.kind === "toolResult" ? [block, ...block.parts] : [block];
}
