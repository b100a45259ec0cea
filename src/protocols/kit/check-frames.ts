// What the egress checks of all dialects share about frames: their bodies, and an order in which nothing follows the end.
import { asRecord, parseJson, type JsonRecord } from "../../lib/json.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { Frame } from "../../wire/frame.ts";
import type { StreamCheck } from "../protocol.ts";

/** A frame of a streamed reply as far as its body is concerned; `event`: its name on the wire. */
export type Told = { readonly event: string | undefined; readonly body: JsonRecord };

/** The body of a frame, or what is wrong with it. */
export function toldOf(frame: Exclude<Frame, { kind: "comment" }>): Result<Told, string> {
  switch (frame.kind) {
    case "sse":
      return bodyOf(frame.event, frame.data);
    case "element":
      return bodyOf(undefined, frame.text);
    case "message": {
      const name = frame.headers.get(":event-type") ?? frame.headers.get(":exception-type");
      const event = name?.type === "string" ? name.value : undefined;
      return bodyOf(event, new TextDecoder().decode(frame.payload));
    }
  }
}

function bodyOf(event: string | undefined, text: string): Result<Told, string> {
  const document = parseJson(text);
  if (!document.ok) return err(`not JSON: ${document.error.message}`);
  const body = asRecord(document.value.root);
  return body === undefined ? err("not an object") : ok({ event, body });
}

/** What a step of a check found: a fault, that the reply is over, that it may be over, or none of these. */
export type Step = { readonly fault?: string; readonly over?: boolean; readonly enough?: boolean };

/** A step that is fine and leaves the reply open. */
export const ON: Step = {};
/** A step that is fine and ends the reply. */
export const OVER: Step = { over: true };
/** A step that is fine and after which the reply may end, or go on. */
export const ENOUGH: Step = { enough: true };

/** The step for what a shape found; without a fault it is `otherwise`. */
export function stepFor(fault: string | undefined, otherwise: Step = ON): Step {
  return fault === undefined ? otherwise : { fault };
}

/** Makes a check of a function that judges one frame after another; comments are always fine, and nothing follows the end. */
export function checkFrames(
  judge: (frame: Exclude<Frame, { kind: "comment" }>) => Step,
): StreamCheck {
  let frames = 0;
  let over = false;
  let enough = false;
  let faulty = false;
  return {
    push: (frame) => {
      if (frame.kind === "comment" || faulty) return undefined;
      frames += 1;
      const step = over ? { fault: "a frame after the end" } : judge(frame);
      over ||= step.over === true;
      enough = step.enough === true;
      faulty = step.fault !== undefined;
      return step.fault === undefined ? undefined : `frame ${frames}: ${step.fault}`;
    },
    end: () =>
      over || enough || faulty
        ? undefined
        : `the stream ends after ${frames} frames without its end`,
  };
}

/** The same for dialects whose every frame is one JSON object. */
export function checkBodies(judge: (told: Told) => Step): StreamCheck {
  return checkFrames((frame) => {
    const told = toldOf(frame);
    return told.ok ? judge(told.value) : { fault: told.error };
  });
}
