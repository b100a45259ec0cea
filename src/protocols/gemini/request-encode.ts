// The neutral request to generateContent (translation.md B, column GE). Deterministic: the same request and target give the
// same bytes, or every turn of a conversation would miss the prompt cache.
import { compact } from "../../lib/compact.ts";
import type { Block } from "../../ir/block.ts";
import type { LossId } from "../../ir/loss.ts";
import type { Req } from "../../ir/request.ts";
import { loseForeign } from "../kit/foreign-residues.ts";
import { graft, mergeOptions, type Draft } from "../kit/residue.ts";
import type { EncodedRequest, Target } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { encodeContents } from "./request-encode-contents.ts";
import { encodeContext, type EncodeContext } from "./request-encode-context.ts";
import { encodeSettings } from "./request-encode-settings.ts";
import { encodeTools } from "./request-encode-tools.ts";

/** Encodes a request of any dialect for an upstream of this one; the path names the model and asks for a stream. */
export function encode(request: Req, target: Target): EncodedRequest {
  const context = encodeContext(request, target);
  const tools = encodeTools(context);
  const settings = encodeSettings(context, tools.functions.length > 0);
  const draft: Draft = {
    ...encodeContents(context, settings.instructions),
    tools: tools.tools,
    toolConfig: tools.toolConfig,
    ...settings.draft,
  };
  const body = mergeOptions(graftBody(draft, context), request.options[DIALECT]);
  const wrapped = request.tools.flatMap((tool) => (tool.kind === "custom" ? [tool.name] : []));
  return compact({
    body,
    report: context.verdicts.report(),
    restore: { toolNames: context.names.restore(), wrapped: new Set(wrapped) },
    emulate: settings.emulate,
  });
}

/** Features of which a residue is only another spelling: the neutral request holds them. */
const HELD: ReadonlySet<LossId> = new Set([
  "R43",
  "R47",
  "R48",
  "R49",
  "R57",
  "R58",
  "R59",
  "R61",
  "R62",
  "R63",
  "R63d",
  "R63t",
  "R65",
  "R69",
]);

/** Own residues return to their places; of another dialect's none has the same form here. */
function graftBody(draft: Draft, { request, verdicts }: EncodeContext): Draft {
  loseForeign(request, DIALECT, HELD, verdicts);
  // Nothing is cited here, which is all that some ask for (R15).
  const blocks = request.turns.flatMap((turn) => turn.blocks);
  if (!blocks.some(isCitable)) {
    verdicts.keep("R15", "");
    if (blocks.every(isPlain)) verdicts.keep("R14", "");
  }
  return graft(draft, request.ext, { dialect: DIALECT, depth: 0 });
}

function isCitable(block: Block): boolean {
  const isSource = block.kind === "document" || block.kind === "searchResult";
  return isSource && block.citable === true;
}

/** Whether a block is no source of citations, or says nothing of itself but its text (R14). */
function isPlain(block: Block): boolean {
  if (block.kind !== "document") return block.kind !== "searchResult";
  return block.title === undefined && block.context === undefined;
}
