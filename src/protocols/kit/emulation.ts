// What the gateway does itself where a target cannot (translation.md B.10 R53 and R55): stop sequences beyond those that the
// wire takes, and several candidates from upstreams that give one answer at a time.
import { compact, filled } from "../../lib/compact.ts";
import type { OutputSpec } from "../../ir/request.ts";
import type { Emulation } from "../protocol.ts";

/** What a target takes of stop sequences. */
export type StopRule = {
  /** Most of them. */
  readonly max: number;
  /** Whether a sequence that is made of white space is taken. */
  readonly blank: boolean;
};

/** Stop sequences by who looks for them; a list that would be empty is absent. */
export type SplitStops = {
  readonly sent: readonly string[] | undefined;
  /** For `Emulation.stop`. */
  readonly enforced: readonly string[] | undefined;
};

/** Sends the first that the target takes and leaves the others to the gateway; doubles and empty ones are left out (E217). */
export function splitStops(stop: OutputSpec["stop"], rule: StopRule): SplitStops {
  const wanted = [...new Set(stop)].filter((sequence) => sequence !== "");
  const takes = (sequence: string): boolean => rule.blank || sequence.trim() !== "";
  const sent = wanted.filter(takes).slice(0, rule.max);
  return { sent: filled(sent), enforced: filled(wanted.filter((each) => !sent.includes(each))) };
}

/** Most calls that one request may become; more candidates than this are no wish but a mistake. */
const MAX_CALLS = 128;

/** What a request asks of the gateway; `undefined`: nothing. `single`: the target gives one candidate at a time. */
export function emulationOf(
  output: OutputSpec,
  stops: SplitStops,
  single: boolean,
): Emulation | undefined {
  const { candidates = 1 } = output;
  const calls = single && candidates > 1 ? Math.min(candidates, MAX_CALLS) : undefined;
  const stop = stops.enforced;
  return calls === undefined && stop === undefined ? undefined : compact({ stop, calls });
}
