// What of a chat request matters for counting its tokens (translation.md A.7).
import type { LossId } from "../ir/loss.ts";
import type { Req } from "../ir/request.ts";

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
