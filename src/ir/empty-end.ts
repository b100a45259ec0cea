// Replies that came to nothing: where the client's dialect has only the word for an ordinary end, a call that the model
// spoilt would look like an empty success, so it becomes a failure (translation.md B.13, malformed_call; E253).
import type { Block } from "./block.ts";
import type { Event } from "./event.ts";
import type { Failure } from "./failure.ts";
import type { Reply, Stop, StopClass } from "./reply.ts";

/** Classes of stops that look like an ordinary end in a dialect. */
export type VagueStops = readonly StopClass[];

/** The failure that a whole reply is; `undefined`: it says something, or the dialect tells why it does not. */
export function emptyFailure({ candidates }: Reply, vague: VagueStops): Failure | undefined {
  if (candidates.some(({ blocks }) => blocks.some(isAnswer))) return undefined;
  const ended = candidates.find(({ stop }) => vague.includes(stop.class));
  return ended === undefined ? undefined : failureOf(ended.stop);
}

/** The same for a stream: the stop of a reply that said nothing becomes the error that ends it. */
export function emptyEnds(vague: VagueStops): (event: Event) => readonly Event[] {
  const isAnswered = answers();
  let failed = false;
  return (event) => {
    if (failed) return [];
    const answered = isAnswered(event);
    if (event.type !== "stop" || answered || !vague.includes(event.stop.class)) return [event];
    failed = true;
    return [{ type: "error", failure: failureOf(event.stop) }];
  };
}

/** Tells of each event whether the stream up to it holds an answer. An open text is none before it has words. */
function answers(): (event: Event) => boolean {
  const texts = new Set<string>();
  let answered = false;
  return (event) => {
    if (event.type === "delta") answered ||= event.text !== "" && texts.has(keyOf(event));
    if (event.type !== "open") return answered;
    const { head } = event;
    if (head.kind === "text") texts.add(keyOf(event));
    else answered ||= head.kind === "whole" ? isAnswer(head.block) : isSaid(head);
    return answered;
  };
}

function keyOf(place: { readonly candidate: number; readonly index: number }): string {
  return `${place.candidate} ${place.index}`;
}

/** Reasoning, and what only the vendor understands, are no answer. */
function isSaid({ kind }: { readonly kind: Block["kind"] }): boolean {
  return kind !== "thinking" && kind !== "vendor";
}

function isAnswer(block: Block): boolean {
  return block.kind === "text" ? block.text !== "" : isSaid(block);
}

function failureOf({ class: kind, raw }: Stop): Failure {
  const message = `the model ended without an answer: ${raw ?? kind}`;
  return { class: "bad-upstream-reply", code: "no_answer", message };
}
