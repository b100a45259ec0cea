// Counting the tokens of chat requests: what each protocol adds to its codec, and what of a request matters
// (translation.md A.7).
import type { Json, JsonDocument, Printable } from "../lib/json.ts";
import type { Result } from "../lib/result.ts";
import type { Failure } from "../ir/failure.ts";
import type { LossId } from "../ir/loss.ts";
import type { Req } from "../ir/request.ts";

/** Counting the tokens of a chat request, around the codec for chat. */
export type CountCodec = {
  /** The chat request that is to be counted. */
  readonly unwrap: (document: JsonDocument) => Result<JsonDocument, Failure>;
  /** The body that asks for the count of a chat request, without what only generating takes. */
  readonly wrap: (chat: JsonDocument, model: string) => Printable;
  /** Tokens in a reply; `undefined` if it tells none. */
  readonly read: (reply: Json) => number | undefined;
  readonly write: (tokens: number) => Printable;
};

/** Features that only shape what is generated, or say who asks: a count is the same without them. */
const GENERATION: ReadonlySet<LossId> = new Set<LossId>([
  "R18",
  "R19",
  "R46",
  "R47",
  "R48",
  "R49",
  "R50",
  "R51",
  "R52",
  "R53",
  "R54",
  "R55",
  "R56",
  "R64",
  "R68",
  "R69",
  "R70",
  "R70b",
  "R71",
  "R74",
  "R76",
  "R80",
]);

/** The request without what only generating needs, so that nobody is told of losses that do not count. */
export function countable(request: Req): Req {
  const { format, verbosity } = request.output;
  return {
    ...request,
    sampling: {},
    output: {
      ...(format === undefined ? {} : { format }),
      ...(verbosity === undefined ? {} : { verbosity }),
    },
    uses: request.uses.filter(({ id }) => !GENERATION.has(id)),
  };
}
