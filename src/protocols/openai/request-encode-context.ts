// What every part of the request encoder needs to know, made once for each request and target.
import type { Block } from "../../ir/block.ts";
import type { Req } from "../../ir/request.ts";
import { callIds, type CallIds } from "../kit/call-ids.ts";
import { NAME_64, toolNames, type ToolNames } from "../kit/tool-names.ts";
import { verdicts, type Verdicts } from "../kit/verdicts.ts";
import type { Target } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { places } from "./places.ts";

/** The context of one request. */
export type EncodeContext = {
  readonly request: Req;
  readonly target: Target;
  readonly verdicts: Verdicts;
  readonly names: ToolNames;
  readonly ids: CallIds;
  /** Whether the request was written in this dialect: then what it says is taken at its word. */
  readonly isOwn: boolean;
  /** Whether the upstream is OpenAI, which knows members that compatible servers refuse. */
  readonly isOpenai: boolean;
  /** Blocks whose cache breakpoint is sent. */
  readonly breakpoints: ReadonlySet<Block>;
};

/** Longest id of a call that OpenAI takes (translation.md B.4 R40). */
const CALL_ID = { max: 64 } as const;

/** Prepares the encoding of a request. */
export function encodeContext(request: Req, target: Target): EncodeContext {
  const isOpenai = target.vendor === "openai";
  const takesBreakpoints = target.profile.cacheBreakpoints ?? isOpenai;
  return {
    request,
    target,
    verdicts: verdicts(request, places),
    names: toolNames(namesOf(request), NAME_64),
    ids: callIds(request.turns, CALL_ID),
    isOwn: request.source === DIALECT,
    isOpenai,
    breakpoints: takesBreakpoints ? chosenBreakpoints(request) : new Set(),
  };
}

function namesOf(request: Req): readonly string[] {
  const offered = request.tools.flatMap((tool) => (tool.kind === "hosted" ? [] : [tool.name]));
  const called = request.turns.flatMap((turn) =>
    turn.blocks.flatMap((block) => (block.kind === "toolCall" ? [block.name] : [])),
  );
  return [...offered, ...called];
}

/** Most breakpoints of one request (translation.md B.8). */
const MAX_BREAKPOINTS = 4;
const WITH_BREAKPOINT: ReadonlySet<Block["kind"]> = new Set(["text", "image", "audio", "document"]);

/** The last ones, which mark the longest prefixes; with the first on the instructions if there are too many. */
function chosenBreakpoints(request: Req): ReadonlySet<Block> {
  const marked = request.turns.flatMap((turn) =>
    turn.blocks
      .flatMap((block) => (block.kind === "toolResult" ? [...block.parts] : [block]))
      .filter((block) => block.cache !== undefined && WITH_BREAKPOINT.has(block.kind))
      .map((block) => ({ block, isTop: turn.place === "top" })),
  );
  if (marked.length <= MAX_BREAKPOINTS) return new Set(marked.map(({ block }) => block));
  const top = marked.find(({ isTop }) => isTop);
  const last = marked.slice(top === undefined ? -MAX_BREAKPOINTS : 1 - MAX_BREAKPOINTS);
  return new Set([...(top === undefined ? [] : [top]), ...last].map(({ block }) => block));
}
