// The neutral request to Messages (translation.md B, column AN). Deterministic: the same request and target give the same
// bytes, or every turn of a conversation would miss the prompt cache.
import { compact } from "../../lib/compact.ts";
import type { LossId } from "../../ir/loss.ts";
import type { Req } from "../../ir/request.ts";
import { graft, mergeOptions, type Draft } from "../kit/residue.ts";
import type { EncodedRequest, Target } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { places } from "./places.ts";
import { encodeContext, type EncodeContext } from "./request-encode-context.ts";
import { encodeMessages, encodeSystem } from "./request-encode-messages.ts";
import { encodeSettings } from "./request-encode-settings.ts";
import { encodeTools } from "./request-encode-tools.ts";

/** Encodes a request of any dialect for an upstream of this one. */
export function encode(request: Req, target: Target): EncodedRequest {
  const context = encodeContext(request, target);
  const settings = encodeSettings(context);
  const { max_tokens: maxTokens, ...rest } = settings.draft;
  const draft: Draft = {
    model: target.model,
    max_tokens: maxTokens,
    system: encodeSystem(context, settings.instructions),
    messages: encodeMessages(context),
    ...encodeTools(context, settings.isThinking, settings.answer),
    ...rest,
    stream: target.stream ? true : undefined,
  };
  const body = mergeOptions(graftBody(draft, context), request.options[DIALECT]);
  const wrapped = request.tools.flatMap((tool) => (tool.kind === "custom" ? [tool.name] : []));
  return compact({
    body,
    report: context.verdicts.report(),
    restore: compact({
      toolNames: context.names.restore(),
      wrapped: new Set(wrapped),
      answer: settings.answer?.name,
    }),
    headers: settings.headers,
    emulate: mayPause(request) ? { ...settings.emulate, pauses: true } : settings.emulate,
  });
}

/** Only turns in which the server runs tools are paused; options may bring such tools. */
function mayPause({ tools, options }: Req): boolean {
  return tools.some(({ kind }) => kind === "hosted") || options[DIALECT] !== undefined;
}

/** Features of which a residue is only another spelling: the neutral request holds them. */
const HELD: ReadonlySet<LossId> = new Set(["R47", "R48", "R49", "R57", "R58", "R59"]);

/** Own residues return to their places; of another dialect's none has the same form here. */
function graftBody(draft: Draft, { request, verdicts }: EncodeContext): Draft {
  for (const { dialect, id, path } of request.ext) {
    const isHeld = HELD.has(id) || (places[id] !== "P" && id !== "R63t");
    if (dialect !== DIALECT && !isHeld) verdicts.lose(id, path, "X");
  }
  return graft(draft, request.ext, { dialect: DIALECT, depth: 0 });
}
