// The neutral request to Responses (translation.md B, column OR). Deterministic: the same request and target give the same
// bytes, or every turn of a conversation would miss the prompt cache.
import { compact } from "../../lib/compact.ts";
import type { Req } from "../../ir/request.ts";
import { emulationOf } from "../kit/emulation.ts";
import { withForeign } from "../kit/openai-shared.ts";
import { graft, mergeOptions, type Draft } from "../kit/residue.ts";
import type { EncodedRequest, Target } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { encodeContext, type EncodeContext } from "./request-encode-context.ts";
import { encodeInput } from "./request-encode-input.ts";
import { encodeSettings, encodeStops } from "./request-encode-settings.ts";
import { encodeTools } from "./request-encode-tools.ts";

const BODY_GRAFT = { dialect: DIALECT, depth: 0 } as const;

/** Encodes a request of any dialect for an upstream of this one. */
export function encode(request: Req, target: Target): EncodedRequest {
  const context = encodeContext(request, target);
  const stops = encodeStops(context);
  const draft = {
    model: target.model,
    ...encodeInput(context),
    ...encodeTools(context),
    ...encodeSettings(context),
    stream: target.stream ? true : undefined,
  };
  const body = mergeOptions(graftBody(draft, context), request.options[DIALECT]);
  return compact({
    body,
    report: context.verdicts.report(),
    restore: { toolNames: context.names.restore(), wrapped: new Set<string>() },
    emulate: emulationOf(request.output, stops, true),
  });
}

/** Own residues return to their places; of another dialect's only what this one spells alike. */
function graftBody(draft: Draft, context: EncodeContext): Draft {
  const { request } = context;
  let body = draft;
  for (const residue of request.ext) {
    if (residue.dialect === DIALECT) body = graft(body, [residue], BODY_GRAFT);
    else body = withForeign(body, residue, context);
  }
  return body;
}
