// What every part of the request encoder needs to know, made once for each request and target.
import type { Req } from "../../ir/request.ts";
import { callIds, type CallIds, type IdRule } from "../kit/call-ids.ts";
import { namesIn, toolNames, type NameRule, type ToolNames } from "../kit/tool-names.ts";
import { verdicts, type Verdicts } from "../kit/verdicts.ts";
import type { Target } from "../protocol.ts";
import { isMinted } from "./call-ledger.ts";
import { DIALECT } from "./dialect.ts";
import { places } from "./places.ts";

/** The context of one request. */
export type EncodeContext = {
  readonly request: Req;
  readonly target: Target;
  readonly verdicts: Verdicts;
  readonly names: ToolNames;
  readonly ids: CallIds;
  /** The id of a call on the wire; `undefined`: the server is told none. */
  readonly wireId: (id: string) => string | undefined;
  /** Whether the request was written in this dialect: then what it says is taken at its word. */
  readonly isOwn: boolean;
};

/** Ids are any text (translation.md B.4 R40). */
const ANY_ID: IdRule = { max: 1024 };

/** A letter or underscore first, then also digits, points, colons and hyphens (B.3, R20 names). */
const NAMES: NameRule = { max: 128, illegal: /^[^A-Za-z_]|[^A-Za-z0-9_.:-]/g };

/** Prepares the encoding of a request. */
export function encodeContext(request: Req, target: Target): EncodeContext {
  const isOwn = request.source === DIALECT;
  const fates = verdicts(request, places);
  // What was written in this dialect has a place in it; what the model cannot do is found out later.
  if (isOwn) for (const { id, path } of request.uses) fates.keep(id, path);
  const hasIds = isOwn || target.capabilities.callIds !== "none";
  return {
    request,
    target,
    verdicts: fates,
    names: toolNames(namesIn(request), NAMES),
    ids: callIds(request.turns, ANY_ID),
    wireId: (id) => (hasIds && !isMinted(id) ? id : undefined),
    isOwn,
  };
}
