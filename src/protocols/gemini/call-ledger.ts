// Ids for calls that have none, and which result answers which call (translation.md B.4 R40; E125, E126).
import { hash16 } from "../kit/hash.ts";

/** Which calls were made so far. */
export type CallLedger = {
  /** Notes a call; the id is the given one, or one that is the same whenever the same history is read. */
  readonly call: (id: string | undefined, name: string) => string;
  /** The id of the call that a result answers: by its id, else the first unanswered call of the name. */
  readonly answer: (id: string | undefined, name: string) => string;
};

const MINTED = "gw_";

/** An id for a call that has none. `key` says which call it is. */
export function mintId(...key: readonly (string | number)[]): string {
  return MINTED + hash16(key.join(" "));
}

/** Whether the gateway made the id up: the server never sees it. */
export function isMinted(id: string): boolean {
  return id.startsWith(MINTED);
}

/** Starts without calls. */
export function callLedger(): CallLedger {
  const open: { readonly id: string; readonly name: string }[] = [];
  let calls = 0;
  let orphans = 0;
  const close = (at: number): string | undefined => open.splice(at, 1)[0]?.id;
  return {
    call: (given, name) => {
      // Counted over the whole history, so that it does not matter how that is split into turns.
      const id = given === undefined || given === "" ? mintId("call", calls, name) : given;
      calls += 1;
      open.push({ id, name });
      return id;
    },
    answer: (given, name) => {
      if (given !== undefined && given !== "") {
        const at = open.findIndex(({ id }) => id === given);
        if (at >= 0) close(at);
        return given;
      }
      const at = open.findIndex((call) => call.name === name);
      return (at < 0 ? undefined : close(at)) ?? mintId("result", orphans++, name);
    },
  };
}
