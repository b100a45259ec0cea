// `recloser mock` on the command line.
import { expect, test } from "bun:test";
import { run } from "../../src/commands/mock.ts";
import { recordingIo } from "../support/command-io.ts";

test("serves until it is told to stop, and says where, with which keys, and what was asked", async () => {
  const stop = new AbortController();
  const io = recordingIo({ stop: stop.signal });
  const ended = run(["--fault", "status=503,times=1", "--key", "k1", "--key", "a:b"], io);
  const url = /at (\S+),/.exec(io.out())?.[1];
  expect(io.out()).toContain("keys: k1 a:b\n");
  const headers = { authorization: "Bearer k1" };
  expect((await fetch(`${url}/v1/models`, { headers })).status).toBe(503);
  expect((await fetch(`${url}/v1/models?key=k1`, { headers })).status).toBe(200);
  expect(io.out()).toContain("GET /v1/models openai 503\n");
  expect(io.out()).toContain("GET /v1/models?key=*** gemini 200\n");
  stop.abort();
  expect(await ended).toBe(0);
  expect(
    await fetch(`${url}/v1/models`).then(
      () => "up",
      () => "down",
    ),
  ).toBe("down");
});

test.each([
  { args: ["--port", "99999"], says: "'99999' is no port" },
  { args: ["--port", "x"], says: "'x' is no port" },
  { args: ["--protocol", "opnai"], says: "did you mean 'openai'?" },
  { args: ["--fault", "cut=1", "--fault", "stal=1"], says: "did you mean 'stall'?" },
  { args: ["--fault", "cut,protocol=cohre"], says: "did you mean 'cohere'?" },
  { args: ["--speed"], says: "unknown option '--speed'" },
])("wrong use: $args", async ({ args, says }) => {
  const io = recordingIo();
  expect(await run(args, io)).toBe(2);
  expect(io.errors()).toContain(says);
});

test("a port that is taken is an error, not a crash", async () => {
  const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
  const io = recordingIo();
  expect(await run(["--port", String(taken.port)], io)).toBe(1);
  expect(io.errors()).not.toBe("");
  taken.stop(true);
});
