// What every part of the request encoder needs to know, made once for each request and target.
import type { Req } from "../../ir/request.ts";
import { chooseBreakpoints, type Breakpoints } from "../kit/breakpoints.ts";
import { callIds, type CallIds, type IdRule } from "../kit/call-ids.ts";
import { NAME_64, namesIn, toolNames, type ToolNames } from "../kit/tool-names.ts";
import { OWN_FORMS, verdicts, type Verdicts } from "../kit/verdicts.ts";
import type { Target } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { places } from "./places.ts";
import { documentNames, type DocumentNames } from "./request-encode-names.ts";

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
  readonly documents: DocumentNames;
};

/** Ids that the service takes (points and colons too, whatever its reference says: recorded calls hold them), and those that one family does (translation.md B.4 R40). */
const ANY_ID: IdRule = { max: 64, legal: /^[A-Za-z0-9_.:-]+$/ };
const NINE: IdRule = { max: 9, legal: /^[A-Za-z0-9]{9}$/, exact: 9 };

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
    names: toolNames(namesIn(request), NAME_64),
    ids: callIds(request.turns, target.capabilities.callIds === "nine" ? NINE : ANY_ID),
    isOwn,
    breakpoints: breakpointsOf(request, target, fates),
    documents: documentNames(),
  };
}

function breakpointsOf(request: Req, target: Target, fates: Verdicts): Breakpoints {
  const isOwn = request.source === DIALECT;
  if (isOwn || target.capabilities.cachePoints !== false)
    return chooseBreakpoints(request, fates, isOwn);
  for (const id of ["R63", "R63d", "R63t", "R65"] as const) fates.loseNoted(id, "", "X");
  return new Map();
}
