// Arguments in pieces for clients that take nothing but an object: whatever does not begin like one waits for its end, to be
// wrapped as in a buffered reply (translation.md B.4; E112, E113), and free text becomes the one member of an object (R24).
import { printJson } from "../../lib/json.ts";
import { argumentsOf } from "./arguments.ts";

/** Turns pieces of arguments into pieces of an object. */
export type ObjectPieces = {
  /** What can be sent now; "" if nothing can. */
  readonly push: (text: string) => string;
  /** What is left to send at the end. */
  readonly end: () => string;
};

/** Most characters that are held back; what is longer goes out as it is. */
const MAX_HELD = 1024 * 1024;

/** Starts one call's arguments. `isFree`: they are free text. */
export function objectPieces(isFree: boolean): ObjectPieces {
  return isFree ? freeText() : object();
}

function freeText(): ObjectPieces {
  let begun = false;
  const opening = (): string => {
    if (begun) return "";
    begun = true;
    return '{"input":"';
  };
  return {
    push: (text) => opening() + JSON.stringify(text).slice(1, -1),
    end: () => `${opening()}"}`,
  };
}

function object(): ObjectPieces {
  let held = "";
  let wrote = false;
  return {
    push: (text) => {
      if (wrote) return text;
      const part = held === "" ? text.trimStart() : text;
      held += part;
      if (!held.startsWith("{") && held.length <= MAX_HELD) return "";
      wrote = true;
      return held;
    },
    end: () => (wrote ? "" : printJson(argumentsOf(held))),
  };
}
