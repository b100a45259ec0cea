// What the judges share: an official SDK reads what our encoders wrote, through a `fetch` that answers from memory.
import type { Json } from "../../src/lib/json.ts";

/** What one SDK makes of bytes. Every function rejects when the SDK throws. */
export type Judge = {
  /** Folds a stream, as it arrives in the framing of the dialect, with the SDK's own accumulator. */
  readonly accumulate: (stream: Uint8Array) => Promise<Json>;
  /** Reads a buffered reply. */
  readonly reply: (body: string) => Promise<Json>;
  /** The error that the SDK throws for an error reply. */
  readonly error: (
    status: number,
    headers: Record<string, string>,
    body: string,
  ) => Promise<unknown>;
  /** The HTTP status that such an error tells. */
  readonly status: (error: unknown) => number | undefined;
};

/** A `fetch` that always gives this answer. */
export function answering(
  status: number,
  headers: Record<string, string>,
  body: string | Uint8Array,
): typeof fetch {
  const reply = (): Promise<Response> => Promise.resolve(new Response(body, { status, headers }));
  return Object.assign(reply, { preconnect: () => undefined });
}

/** Headers of a streamed reply. */
export const SSE = { "content-type": "text/event-stream" };
/** Headers of a buffered reply. */
export const JSON_TYPE = { "content-type": "application/json" };

/** Plain data of what an SDK returned. */
export function plain(value: unknown): Json {
  const copy: Json = JSON.parse(JSON.stringify(value));
  return copy;
}
