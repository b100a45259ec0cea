// Every failure is an error of the client's own SDK, with its status and words (translation.md B.14), whatever the protocol.
import { afterAll, expect, test } from "bun:test";
import { printJson } from "../../src/lib/json.ts";
import type { FailureClass } from "../../src/ir/failure.ts";
import { PROTOCOL_NAMES, PROTOCOLS, type ProtocolName } from "../../src/protocols/registry.ts";
import { FAILURE_CLASSES } from "../support/classes.ts";
import { CLIENTS } from "../support/clients.ts";

/** What the server answers next. */
let next: { readonly name: ProtocolName; readonly failure: FailureClass } | undefined;

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  http2: true,
  fetch: () => {
    if (next === undefined) return new Response("nothing to say", { status: 200 });
    const told = { class: next.failure, message: "what went wrong", retryAfter: 2000 };
    const encoded = PROTOCOLS[next.name].failure.encode(told, "req_1");
    const headers = encoded.headers.map(([name, value]): [string, string] => [name, value]);
    return new Response(printJson(encoded.body), { status: encoded.status, headers });
  },
});
afterAll(() => server.stop(true));

test.each(PROTOCOL_NAMES)("%s: the SDK throws its own error for each class", async (name) => {
  const url = `http://127.0.0.1:${server.port}`;
  const client = CLIENTS[name]?.({ url, key: "k", pair: "a:b", model: "m" });
  for (const failure of FAILURE_CLASSES) {
    for (const stream of [false, true]) {
      next = { name, failure };
      const error = await client?.ask({ text: "hi", stream }).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(Error);
      // One SDK keeps the body beside its message.
      const words = `${String(error)} ${JSON.stringify(error)}`;
      expect(`${failure}: ${words}`).toContain("what went wrong");
    }
  }
});

test.each(PROTOCOL_NAMES)("%s: what is written is read as the same kind of failure", (name) => {
  const { encode, decode } = PROTOCOLS[name].failure;
  for (const failure of FAILURE_CLASSES) {
    const { status, headers, body } = encode(
      { class: failure, message: "x", retryAfter: 2000 },
      "r",
    );
    const fields = new Map(headers);
    const read = decode(
      status,
      (key) => fields.get(key),
      new TextEncoder().encode(printJson(body)),
    );
    expect(`${failure}: ${read.status} ${read.retryAfter}`).toBe(`${failure}: ${status} 2000`);
    // What a caller can wait out must stay apart from what it cannot.
    const passing = ["rate-limited", "overloaded", "server-error", "timeout"] as const;
    if (passing.some((one) => one === failure)) expect(read.class).toBe(failure);
    if (failure === "context-length") expect(read.class).toBe("context-length");
  }
});
