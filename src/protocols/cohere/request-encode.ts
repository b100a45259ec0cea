// The neutral request to v2 chat (translation.md B, column CO). Deterministic: the same request and target give the same
// bytes, or every turn of a conversation would miss the prompt cache.
import { compact } from "../../lib/compact.ts";
import type { LossId } from "../../ir/loss.ts";
import type { Req } from "../../ir/request.ts";
import { emulationOf } from "../kit/emulation.ts";
import { loseForeign } from "../kit/foreign-residues.ts";
import { graft, mergeOptions, type Draft } from "../kit/residue.ts";
import type { EncodedRequest, MediaKind, Target } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { encodeContext, type EncodeContext } from "./request-encode-context.ts";
import { encodeDocuments } from "./request-encode-documents.ts";
import { encodeMessages } from "./request-encode-messages.ts";
import { encodeSettings, encodeStops } from "./request-encode-settings.ts";
import { encodeTools } from "./request-encode-tools.ts";

/** Encodes a request of any dialect for an upstream of this one. */
export function encode(request: Req, target: Target): EncodedRequest {
  const context = encodeContext(request, target);
  const stops = encodeStops(context);
  const draft: Draft = {
    model: target.model,
    stream: target.stream,
    messages: encodeMessages(context),
    ...encodeDocuments(context),
    ...encodeTools(context),
    ...encodeSettings(context, stops),
  };
  const body = mergeOptions(graftBody(draft, context), request.options[DIALECT]);
  const wrapped = request.tools.flatMap((tool) => (tool.kind === "custom" ? [tool.name] : []));
  return compact({
    body,
    report: context.verdicts.report(),
    restore: { toolNames: context.names.restore(), wrapped: new Set(wrapped) },
    emulate: emulationOf(request.output, stops, true),
  });
}

/** The service fetches pictures, and takes nothing else by address (translation.md C.3 R07, R11). */
export function takesUrl(kind: MediaKind): boolean {
  return kind === "image";
}

/** Features of which a residue is only another spelling: the neutral request holds them. */
const HELD: ReadonlySet<LossId> = new Set(["R47", "R48", "R43", "R49", "R57", "R58"]);

/** Own residues return to their places; of another dialect's none has the same form here. */
function graftBody(draft: Draft, { request, verdicts }: EncodeContext): Draft {
  loseForeign(request, DIALECT, HELD, verdicts);
  return graft(draft, request.ext, { dialect: DIALECT, depth: 0 });
}
