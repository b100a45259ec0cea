// The neutral request to Responses (translation.md B, column OR). Deterministic: the same request and target give the same
// bytes, or every turn of a conversation would miss the prompt cache.
import { compact } from "../../lib/compact.ts";
import { raw } from "../../lib/json.ts";
import type { LossId } from "../../ir/loss.ts";
import type { Req, Residue } from "../../ir/request.ts";
import { emulationOf } from "../kit/emulation.ts";
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

/** Members of the vendor's other dialect that are spelt alike here. */
const SHARED: ReadonlySet<string> = new Set([
  "/moderation",
  "/prompt_cache_options",
  "/prompt_cache_retention",
  "/user",
]);

/** Features of which a residue is only another spelling: the neutral request holds them. */
const HELD: ReadonlySet<LossId> = new Set([
  "R43",
  "R47",
  "R48",
  "R57",
  "R58",
  "R59",
  "R63",
  "R63t",
  "R64",
  "R65",
  "R69",
]);

/** Own residues return to their places; of another dialect's only what this one spells alike. */
function graftBody(draft: Draft, context: EncodeContext): Draft {
  const { request, verdicts } = context;
  let body = draft;
  for (const residue of request.ext) {
    if (residue.dialect === DIALECT) body = graft(body, [residue], BODY_GRAFT);
    else if (isShared(residue, context)) body = withShared(body, residue);
    else if (!HELD.has(residue.id)) verdicts.lose(residue.id, residue.path, "X");
  }
  return body;
}

function isShared({ path }: Residue, { isOpenai }: EncodeContext): boolean {
  return isOpenai && SHARED.has(path);
}

function withShared(body: Draft, { path, text }: Residue): Draft {
  const key = path.slice(1);
  return body[key] === undefined ? { ...body, [key]: raw(text) } : body;
}
