// The neutral request to Converse (translation.md B, column BR). Deterministic: the same request and target give the same
// bytes, or every turn of a conversation would miss the prompt cache.
import { compact } from "../../lib/compact.ts";
import type { LossId } from "../../ir/loss.ts";
import type { Req } from "../../ir/request.ts";
import { loseForeign } from "../kit/foreign-residues.ts";
import { graft, mergeOptions, type Draft } from "../kit/residue.ts";
import type { EncodedRequest, Target } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { encodeContext, type EncodeContext } from "./request-encode-context.ts";
import { encodeMessages, encodeSystem } from "./request-encode-messages.ts";
import { encodeSettings } from "./request-encode-settings.ts";
import { encodeTools } from "./request-encode-tools.ts";

/** Encodes a request of any dialect for an upstream of this one; the path names the model and asks for a stream. */
export function encode(request: Req, target: Target): EncodedRequest {
  const context = encodeContext(request, target);
  const settings = encodeSettings(context);
  const { toolConfig, instructions } = encodeTools(context, settings.isThinking, settings.answer);
  const draft: Draft = {
    system: encodeSystem(context, [...settings.instructions, ...instructions]),
    messages: encodeMessages(context),
    ...settings.draft,
    toolConfig,
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
    emulate: settings.emulate,
  });
}

/** Features of which a residue is only another spelling: the neutral request holds them. */
const HELD: ReadonlySet<LossId> = new Set([
  "R47",
  "R48",
  "R43",
  "R49",
  "R57",
  "R58",
  "R59",
  "R63",
  "R63d",
  "R65",
  "R69",
]);

/** Own residues return to their places; of another dialect's none has the same form here. */
function graftBody(draft: Draft, { request, verdicts }: EncodeContext): Draft {
  loseForeign(request, DIALECT, HELD, verdicts);
  return graft(draft, request.ext, { dialect: DIALECT, depth: 0 });
}
