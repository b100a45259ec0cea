// What every part of the request encoder needs to know, made once for each request and target.
import type { Req } from "../../ir/request.ts";
import { callIds, type CallIds } from "../kit/call-ids.ts";
import { NAME_128, namesIn, toolNames, type ToolNames } from "../kit/tool-names.ts";
import { OWN_FORMS, verdicts, type Verdicts } from "../kit/verdicts.ts";
import type { Target } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { places } from "./places.ts";
import { ID_RULE } from "./reply-encode-blocks.ts";
import { chooseBreakpoints, type Breakpoints } from "../kit/breakpoints.ts";

/** The context of one request. */
export type EncodeContext = {
  readonly request: Req;
  readonly target: Target;
  readonly verdicts: Verdicts;
  readonly names: ToolNames;
  readonly ids: CallIds;
  /** Whether the request was written in this dialect: then what it says is taken at its word. */
  readonly isOwn: boolean;
  readonly breakpoints: Breakpoints;
};

/** Prepares the encoding of a request. */
export function encodeContext(request: Req, target: Target): EncodeContext {
  const isOwn = request.source === DIALECT;
  const fates = verdicts(request, places);
  // What was written in this dialect has a place in it; what the model cannot do is found out later.
  if (isOwn) for (const { id, path } of request.uses) fates.keep(id, path);
  else for (const id of OWN_FORMS) fates.loseNoted(id, "", "D");
  return {
    request,
    target,
    verdicts: fates,
    names: toolNames(namesIn(request), NAME_128),
    ids: callIds(request.turns, ID_RULE),
    isOwn,
    breakpoints: chooseBreakpoints(request, fates, isOwn),
  };
}
