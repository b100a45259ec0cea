// Every failure is an error that the client's own SDK understands (translation.md B.14), buffered and in mid-stream.
import { expect, test } from "bun:test";
import type { Failure } from "../../src/ir/failure.ts";
import { printJson } from "../../src/lib/json.ts";
import { PROTOCOLS, PROTOCOL_NAMES } from "../../src/protocols/registry.ts";
import type { Protocol } from "../../src/protocols/protocol.ts";
import { FAILURE_CLASSES } from "../support/classes.ts";
import { PARTIES } from "../support/parties.ts";
import { bytesOfFrames } from "../support/streams.ts";
import { clientOf } from "../support/laws.ts";

const PROTOCOL_OF: ReadonlyMap<string, Protocol> = new Map(
  PROTOCOL_NAMES.map((name): [string, Protocol] => [name, PROTOCOLS[name]]),
);

const ROWS = PARTIES.flatMap((party) =>
  FAILURE_CLASSES.map((failure) => ({ party, name: party.name, failure })),
);

test.each(ROWS)(
  "$name: the SDK throws its own error for $failure",
  async ({ party, name, failure }) => {
    const told: Failure = {
      class: failure,
      message: "what went wrong",
      retryAfter: 2000,
      param: "model",
    };
    const encoded = PROTOCOL_OF.get(name)?.failure.encode(told, "req_1");
    if (encoded === undefined) throw new Error(name);
    expect(encoded.status).toBeGreaterThanOrEqual(400);
    expect(encoded.status).toBeLessThan(600);
    const headers = { "content-type": "application/json", ...Object.fromEntries(encoded.headers) };
    const thrown = await party.judge.error(encoded.status, headers, printJson(encoded.body));
    if (!(thrown instanceof party.sdkError)) throw new Error(`${name} threw ${String(thrown)}`);
    expect(party.judge.status(thrown)).toBe(encoded.status);
    expect(thrown.message).toContain("what went wrong");
  },
);

test.each(ROWS)("$name: $failure survives being written and read", ({ name, failure }) => {
  const protocol = PROTOCOL_OF.get(name);
  if (protocol === undefined) throw new Error(name);
  const told: Failure = { class: failure, message: "what went wrong" };
  const encoded = protocol.failure.encode(told, "req_1");
  const body = new TextEncoder().encode(printJson(encoded.body));
  const headers = new Map(encoded.headers);
  const read = protocol.failure.decode(encoded.status, (header) => headers.get(header), body);
  expect(read.message).toContain("what went wrong");
  expect(read.status).toBe(encoded.status);
});

test.each(ROWS)(
  "$name: the SDK throws when a stream ends with $failure",
  async ({ party, failure }) => {
    const encoder = party.codec.stream.encoder(clientOf(party));
    const frames = [
      { type: "start" } as const,
      { type: "open", candidate: 0, index: 0, head: { kind: "text" } } as const,
      { type: "delta", candidate: 0, index: 0, text: "half an ans" } as const,
      { type: "error", failure: { class: failure, message: "what went wrong" } } as const,
    ].flatMap(encoder.push);
    const thrown = await party.judge.accumulate(bytesOfFrames(party, frames)).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(String(thrown)).toContain("what went wrong");
  },
);
