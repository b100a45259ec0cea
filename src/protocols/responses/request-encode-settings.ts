// Sampling, limits, form of the answer, reasoning, identity and tier (translation.md B.5, B.6, B.8, B.10, B.11).
import type { Printable } from "../../lib/json.ts";
import type { Block } from "../../ir/block.ts";
import { mayReplay } from "../../ir/opaque.ts";
import type { OutputFormat, Reasoning } from "../../ir/request.ts";
import { splitStops, type SplitStops } from "../kit/emulation.ts";
import { effortWord } from "../kit/openai-effort.ts";
import {
  admits,
  encodeCache,
  encodeIdentity,
  encodeLimit,
  encodeSchema,
  encodeSpread,
  encodeStore,
  encodeTier,
} from "../kit/openai-settings-encode.ts";
import type { Draft } from "../kit/residue.ts";
import type { EncodeContext } from "./request-encode-context.ts";

/** Least that the vendor takes as a limit (translation.md B.10 R54, E221). */
const LEAST_OUTPUT = 16;

/** All settings in a fixed order. */
export function encodeSettings(context: EncodeContext): Draft {
  const { logprobs } = context.request.output;
  const include = encodeInclude(context);
  return {
    ...encodeSpread(context),
    max_output_tokens: encodeLimit(context, LEAST_OUTPUT),
    top_logprobs: logprobs?.top,
    include: include.length === 0 ? undefined : include,
    text: encodeText(context),
    reasoning: encodeReasoning(context),
    ...encodeCache(context),
    ...encodeIdentity(context),
    service_tier: encodeTier(context),
    store: encodeStore(context),
  };
}

/** The protocol has no stop sequences: the gateway looks for all of them (R53). */
export function encodeStops({ request, verdicts }: EncodeContext): SplitStops {
  const stops = splitStops(request.output.stop, { max: 0, blank: true });
  if (stops.enforced !== undefined) verdicts.emulate("R53", "");
  return stops;
}

/** Tokens of reasoning come with the reply wherever there may be some: without them no later turn could show them. */
function encodeInclude(context: EncodeContext): readonly string[] {
  const { request, target, isOpenai, isOwn } = context;
  const tokens = request.output.logprobs === undefined ? [] : ["message.output_text.logprobs"];
  const isAsked = request.reasoning !== undefined && request.reasoning.mode !== "off";
  const replays = request.turns.some((turn) =>
    turn.blocks.some((block) => isReplayed(block, context)),
  );
  const mayReason = target.capabilities.reasoning !== "none";
  const proofs = !isOwn && isOpenai && mayReason && (isAsked || replays);
  return proofs ? [...tokens, "reasoning.encrypted_content"] : tokens;
}

function isReplayed(block: Block, { target }: EncodeContext): boolean {
  return (
    block.kind === "thinking" && (block.opaque ?? []).some((token) => mayReplay(token, target))
  );
}

function encodeText(context: EncodeContext): Printable {
  const { format, verbosity } = context.request.output;
  const length = verbosity !== undefined && admits(context, "R46") ? verbosity : undefined;
  const shape = format === undefined ? undefined : encodeFormat(format, context);
  return length === undefined && shape === undefined
    ? undefined
    : { format: shape, verbosity: length };
}

function encodeFormat(format: OutputFormat, context: EncodeContext): Printable {
  if (format.kind === "json") return { type: "json_object" };
  if (context.target.capabilities.jsonSchema === false && !context.isOwn) {
    context.verdicts.lose("R43", "", "D");
    return { type: "json_object" };
  }
  return { type: "json_schema", ...encodeSchema(format, context) };
}

const SUMMARIES = {
  hidden: undefined,
  summary: "auto",
  full: "detailed",
} as const satisfies Record<NonNullable<Reasoning["display"]>, string | undefined>;

function encodeReasoning(context: EncodeContext): Printable {
  const effort = effortWord(context);
  const display = context.request.reasoning?.display;
  const can = context.isOwn || context.target.capabilities.reasoning !== "none";
  const summary = display === undefined || !can ? undefined : SUMMARIES[display];
  if (display !== undefined && !can) context.verdicts.loseNoted("R59", "", "X");
  // Who asks to see the reasoning asks for it.
  if (effort === undefined && summary !== undefined) context.verdicts.keep("R57", "");
  return effort === undefined && summary === undefined ? undefined : { effort, summary };
}
