// What every part of the request encoder needs to know, made once for each request and target.
import type { Block } from "../../ir/block.ts";
import type { Req } from "../../ir/request.ts";
import { callIds, type CallIds } from "../kit/call-ids.ts";
import { namesIn, toolNames, type NameRule, type ToolNames } from "../kit/tool-names.ts";
import { verdicts, type Verdicts } from "../kit/verdicts.ts";
import type { Target } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { places } from "./places.ts";
import { documentsOf } from "./documents.ts";

/** The context of one request. */
export type EncodeContext = {
  readonly request: Req;
  readonly target: Target;
  readonly verdicts: Verdicts;
  readonly names: ToolNames;
  readonly ids: CallIds;
  /** Whether the request was written in this dialect: then what it says is taken at its word. */
  readonly isOwn: boolean;
  /** Blocks that leave the messages to become documents that can be cited. */
  readonly documents: ReadonlySet<Block>;
  /** Whether tools or documents are sent, beside which the form of the answer cannot be set (R43). */
  readonly isGrounded: boolean;
};

/** Names hold no hyphen here (translation.md B.3 R20 names). */
const NAMES: NameRule = { max: 64, illegal: /[^A-Za-z0-9_]/g };

/** The service makes ids of any form; this is beyond all of them. */
const CALL_ID = { max: 256 } as const;

/** Prepares the encoding of a request. */
export function encodeContext(request: Req, target: Target): EncodeContext {
  const isOwn = request.source === DIALECT;
  const fates = verdicts(request, places);
  // What was written in this dialect has a place in it; what the model cannot do is found out later.
  if (isOwn) for (const { id, path } of request.uses) fates.keep(id, path);
  const documents = documentsOf(request.turns);
  return {
    request,
    target,
    verdicts: fates,
    names: toolNames(namesIn(request), NAMES),
    ids: callIds(request.turns, CALL_ID),
    isOwn,
    documents: new Set(documents),
    isGrounded: documents.length > 0 || request.tools.length > 0,
  };
}
