// A client of this dialect for the tests of replies and streams.
import type { Client } from "../../../src/protocols/protocol.ts";

/** Envelopes are `sealed:` and the token. */
export const CLIENT: Client = {
  callId: "call-1",
  model: "asked-for",
  now: 1_800_000_000,
  streamUsage: true,
  framing: "sse",
  seal: ({ data }) => `sealed:${data}`,
};
