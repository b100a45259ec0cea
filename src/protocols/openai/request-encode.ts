// The neutral request to Chat Completions (translation.md B, column OC). Deterministic: the same request and target give
// the same bytes, or every turn of a conversation would miss the prompt cache.
import { compact } from "../../lib/compact.ts";
import type { Block } from "../../ir/block.ts";
import type { Req, Residue } from "../../ir/request.ts";
import { emulationOf } from "../kit/emulation.ts";
import { withForeign } from "../kit/openai-shared.ts";
import { graft, mergeOptions, type Draft } from "../kit/residue.ts";
import { segments } from "../kit/pointer.ts";
import type { EncodedRequest, Target } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { encodeContext, type EncodeContext } from "./request-encode-context.ts";
import { encodeMessages } from "./request-encode-messages.ts";
import { encodeSettings, encodeStops } from "./request-encode-settings.ts";
import { encodeTools } from "./request-encode-tools.ts";

const BODY_GRAFT = { dialect: DIALECT, depth: 0 } as const;

/** Encodes a request of any dialect for an upstream of this one. */
export function encode(request: Req, target: Target): EncodedRequest {
  const context = encodeContext(request, target);
  const stops = encodeStops(context);
  const draft = {
    model: target.model,
    messages: withJsonWord(encodeMessages(context), context),
    ...encodeStream(target),
    ...encodeTools(context),
    ...encodeSettings(context, stops),
  };
  const body = mergeOptions(graftBody(draft, context), request.options[DIALECT]);
  return compact({
    body,
    report: context.verdicts.report(),
    restore: { toolNames: context.names.restore(), wrapped: new Set<string>() },
    emulate: emulationOf(request.output, stops, false),
  });
}

/** Usage is always asked for; a client that did not want it does not get to see it. */
function encodeStream(target: Target): Draft {
  if (!target.stream) return {};
  const options = target.profile.streamOptions === false ? undefined : { include_usage: true };
  return { stream: true, stream_options: options };
}

/** Own residues return to their places; of another dialect's only what OpenAI's other protocol spells alike. */
function graftBody(draft: Draft, context: EncodeContext): Draft {
  const { request, target } = context;
  let body = draft;
  for (const residue of request.ext) {
    if (residue.dialect === DIALECT) {
      if (!mayGraft(residue, target)) continue;
      body = graft(body, [residue], BODY_GRAFT);
    } else body = withForeign(body, residue, context);
  }
  return body;
}

function mayGraft(residue: Residue, target: Target): boolean {
  const isStreamOption = segments(residue.path)[0] === "stream_options";
  return !isStreamOption || (target.stream && target.profile.streamOptions !== false);
}

const JSON_LINE = "Answer with one JSON object.";

/** JSON mode is refused unless some message says "JSON" (R42); a client of this dialect has to say it itself. */
function withJsonWord(messages: readonly Draft[], context: EncodeContext): readonly Draft[] {
  const { request, isOwn, target, verdicts } = context;
  const { format } = request.output;
  if (format === undefined || isOwn) return messages;
  const line = instructionFor(format, target.capabilities.jsonSchema === false);
  const isSaid = request.turns.some((turn) => turn.blocks.some(saysJson));
  if (line === undefined || (isSaid && line === JSON_LINE)) return messages;
  if (format.kind === "json") verdicts.emulate("R42", "");
  const at = messages.findLastIndex(({ role }) => role === "system" || role === "developer");
  const message = { role: "system", content: line };
  return [...messages.slice(0, at + 1), message, ...messages.slice(at + 1)];
}

/** What the model must be told beside the format; `undefined`: the format says it all. */
function instructionFor(
  format: NonNullable<Req["output"]["format"]>,
  lacksSchema: boolean,
): string | undefined {
  if (format.kind === "json") return JSON_LINE;
  return lacksSchema ? `${JSON_LINE} It must match this JSON Schema:\n${format.schema}` : undefined;
}

function saysJson(block: Block): boolean {
  if (block.kind === "toolResult") return block.parts.some(saysJson);
  return block.kind === "text" && /json/i.test(block.text);
}
