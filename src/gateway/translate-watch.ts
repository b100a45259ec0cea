// What is done with a translated reply beside sending it: losses are counted and, for a client that wants it, spelt out in
// the reply; of some replies the form is checked. None of it can harm the reply.
import { parseJson, printJson } from "../lib/json.ts";
import type { Failure } from "../ir/failure.ts";
import type { Report } from "../ir/loss.ts";
import { lossDetail } from "../ir/loss-header.ts";
import type { Frame } from "../wire/frame.ts";
import type { Call } from "./call.ts";
import type { Lane } from "./outcome.ts";
import type { Runtime } from "./runtime.ts";

/** The call whose reply is watched. */
export type Watched = {
  readonly runtime: Runtime;
  readonly call: Call;
  readonly lane: Lane;
  /** What the request lost. */
  readonly report: Report;
};

/** Watches one streamed reply. */
export type StreamWatch = {
  /** Sees frames on their way out. `last`: with them the reply ends well. Returns what is to be sent. */
  readonly pass: (frames: readonly Frame[], last: boolean) => readonly Frame[];
  /** Nothing follows any more. To be called once. */
  readonly close: () => void;
};

/** Counts what a report says. */
export function countLosses(
  { runtime, call, lane }: Omit<Watched, "report">,
  report: Report,
): void {
  const pair = pairOf(call, lane);
  for (const { id, level } of report.losses) runtime.counters.add("losses", { pair, id, level });
  for (const { id } of report.emulated) runtime.counters.add("losses", { pair, id, level: "E" });
}

/** Counts the losses for which a call was refused. */
export function countRefusal(
  { runtime, call, lane }: Omit<Watched, "report">,
  failure: Failure,
): void {
  const pair = pairOf(call, lane);
  for (const { id } of failure.losses ?? []) {
    runtime.counters.add("losses", { pair, id, level: "refused" });
  }
}

function pairOf(call: Call, { provider }: Lane): string {
  return `${call.protocol.name}>${provider.protocol.name}`;
}

/** Watches a stream; `report` tells what the reply has lost so far. */
export function watchStream(watched: Watched, report: () => Report): StreamWatch {
  const { call } = watched;
  const check = isSampled(watched.runtime) ? call.protocol.check.stream() : undefined;
  let fault: string | undefined;
  return {
    pass: (frames, last) => {
      for (const frame of frames) fault ??= check?.push(frame);
      // Comments are for SSE alone; in the other framings a client would take them for content.
      if (!last || !call.losses.detail || call.framing !== "sse") return frames;
      const text = `x-recloser-loss ${printJson(lossDetail(joined(watched.report, report())))}`;
      return [...frames.slice(0, -1), { kind: "comment", text }, ...frames.slice(-1)];
    },
    close: () => {
      countLosses(watched, report());
      if (check !== undefined) tell(watched, fault ?? check.end());
    },
  };
}

/** The text of a whole reply as it is to be sent. */
export function watchReply(watched: Watched, text: string, report: Report): string {
  countLosses(watched, report);
  const { call, runtime } = watched;
  if (isSampled(runtime)) {
    const document = parseJson(text);
    tell(watched, document.ok ? call.protocol.check.reply(document.value.root) : "not JSON");
  }
  return spellOut(call, text, joined(watched.report, report));
}

/** Adds what was lost to a whole reply, for a client that wants it there. */
export function spellOut(call: Call, text: string, report: Report): string {
  if (!call.losses.detail || !text.endsWith("}")) return text;
  const detail = printJson(lossDetail(report));
  return `${text.slice(0, -1)}${text === "{}" ? "" : ","}"x_recloser":${detail}}`;
}

/** Everything that a call lost, on both ways. */
export function joined(request: Report, reply: Report): Report {
  return {
    losses: [...request.losses, ...reply.losses],
    emulated: [...request.emulated, ...reply.emulated],
  };
}

function isSampled({ limits, random }: Runtime): boolean {
  return limits.checkSample > 0 && random() < limits.checkSample;
}

/** A fault is a bug of ours. It names places and kinds, never what was said. */
function tell({ runtime, call, lane }: Watched, fault: string | undefined): void {
  const pair = pairOf(call, lane);
  runtime.counters.add("egress_checks", { pair, verdict: fault === undefined ? "ok" : "fault" });
  if (fault !== undefined) runtime.logError(`call ${call.id} ${pair}: reply not in form: ${fault}`);
}
