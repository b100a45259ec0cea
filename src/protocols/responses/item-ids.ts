// Ids of output items that the gateway makes up (translation.md D.4): the same for the same call and place, so that a stream,
// its last event and a buffered reply agree. An id of a reasoning item also says what the item stands for, since this
// dialect has one kind of carrier for all tokens, and clients send ids back as they got them (B.7).
import { hash16 } from "../kit/hash.ts";
import type { Client } from "../protocol.ts";

/**
 * What a reasoning item of the gateway's making stands for: `next` and `previous` carry the token of the call after or of the
 * text before it, `redacted` is reasoning that nobody may read.
 */
export type Mark = "next" | "previous" | "redacted";

const MARKED = /^rs_(next|previous|redacted)_/;

/** What an id says of its reasoning item; `undefined`: ordinary reasoning. */
export function markOf(id: string | undefined): Mark | undefined {
  const [, word] = MARKED.exec(id ?? "") ?? [];
  return word === "next" || word === "previous" || word === "redacted" ? word : undefined;
}

/** The id of the item at a place in the output. */
export function itemId(prefix: string, index: number, client: Client): string {
  return `${prefix}_${hash16(`${client.callId} ${index}`)}`;
}

/** The id of a reasoning item. */
export function reasoningId(mark: Mark | undefined, index: number, client: Client): string {
  return itemId(mark === undefined ? "rs" : `rs_${mark}`, index, client);
}
