// What every part of the request encoder needs to know, made once for each request and target.
import type { Block } from "../../ir/block.ts";
import type { Req } from "../../ir/request.ts";
import { callIds, type CallIds } from "../kit/call-ids.ts";
import type { OpenaiContext } from "../kit/openai-settings-encode.ts";
import { OPENAI_VENDOR } from "../kit/openai-vendor.ts";
import { NAME_64, namesIn, toolNames, type ToolNames } from "../kit/tool-names.ts";
import { verdicts } from "../kit/verdicts.ts";
import type { Target } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { places } from "./places.ts";
import { chooseBreakpoints } from "../kit/openai-breakpoints.ts";
import { CITED } from "../kit/openai-citations.ts";

/** The context of one request. */
export type EncodeContext = OpenaiContext & {
  readonly names: ToolNames;
  readonly ids: CallIds;
  /** Blocks whose cache breakpoint is sent. */
  readonly breakpoints: ReadonlySet<Block>;
};

/** Longest id of a call that OpenAI takes (translation.md B.4 R40). */
const CALL_ID = { max: 64 } as const;

/** Prepares the encoding of a request. */
export function encodeContext(request: Req, target: Target): EncodeContext {
  const isOpenai = target.vendor === OPENAI_VENDOR;
  const isOwn = request.source === DIALECT;
  const fates = verdicts(request, places);
  // What was written in this dialect has a place in it; what the model cannot do is found out later.
  if (isOwn) for (const { id, path } of request.uses) fates.keep(id, path);
  else for (const id of CITED) fates.loseNoted(id, "", "X");
  return {
    request,
    target,
    verdicts: fates,
    names: toolNames(namesIn(request), NAME_64),
    ids: callIds(request.turns, CALL_ID),
    isOwn,
    isOpenai,
    dialect: DIALECT,
    breakpoints: chooseBreakpoints(request, target.profile.cacheBreakpoints ?? isOpenai, fates),
  };
}
