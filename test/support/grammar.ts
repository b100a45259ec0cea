// The invariants of a conformed stream (translation.md D.1), written down a second time and independently of `conform.ts`.
import type { Event } from "../../src/ir/event.ts";

/** Says what is wrong with a finished stream; `undefined`: nothing. */
export function grammarFault(events: readonly Event[], serial: boolean): string | undefined {
  const open = new Map<string, number>();
  const opened = new Map<number, number>();
  const stopped = new Set<number>();
  const [first] = events;
  const last = events.at(-1);
  if (last?.type !== "end" && last?.type !== "error") return "does not end with end or error";
  if (events.length > 1 && first?.type !== "start") return "does not begin with start";

  for (const [at, event] of events.entries()) {
    const fault = (what: string): string => `event ${at} (${event.type}): ${what}`;
    if (stopped.size > 0 && event.type !== "stop" && event.type !== "end")
      return fault("after a stop");
    if (at < events.length - 1 && (event.type === "end" || event.type === "error")) {
      return fault("not last");
    }
    switch (event.type) {
      case "start":
        if (at > 0) return fault("not first");
        break;
      case "open": {
        const next = opened.get(event.candidate) ?? 0;
        if (event.index !== next) return fault(`index ${event.index}, expected ${next}`);
        opened.set(event.candidate, next + 1);
        const neighbours = [...open.keys()].filter((key) => key.startsWith(`${event.candidate} `));
        if (serial && neighbours.length > 0) return fault("another block is open");
        open.set(`${event.candidate} ${event.index}`, at);
        break;
      }
      case "delta":
        if (event.text === "") return fault("empty");
        if (!open.has(`${event.candidate} ${event.index}`)) return fault("outside of a block");
        break;
      case "opaque":
      case "cite":
        if (!open.has(`${event.candidate} ${event.index}`)) return fault("outside of a block");
        break;
      case "close":
        if (!open.delete(`${event.candidate} ${event.index}`)) return fault("not open");
        break;
      case "stop":
        if (stopped.has(event.candidate)) return fault("second stop");
        if (open.size > 0) return fault("a block is open");
        stopped.add(event.candidate);
        break;
      case "end": {
        if (stopped.size === 0) return fault("no stop");
        const missing = [...opened.keys()].find((candidate) => !stopped.has(candidate));
        if (missing !== undefined) return fault(`candidate ${missing} did not stop`);
        break;
      }
      case "logprobs":
      case "usage":
      case "meta":
      case "use":
      case "ping":
      case "error":
        break;
    }
  }
  return undefined;
}
