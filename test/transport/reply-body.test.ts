import { expect, test } from "bun:test";
import { createBodyQueue, HIGH_WATER, type Valve } from "../../src/transport/reply-body.ts";
import type { TransportFailure } from "../../src/transport/transport.ts";

const FAILURE: TransportFailure = { kind: "reset", message: "the connection broke", sent: true };

function queueWithLog() {
  const log: string[] = [];
  const valve: Valve = {
    pause: () => log.push("pause"),
    resume: () => log.push("resume"),
    waiting: (waits) => log.push(waits ? "waits" : "served"),
    cancel: () => log.push("cancel"),
  };
  return { log, ...createBodyQueue(valve) };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : new TextDecoder().decode(value);

test("pieces that piled up come as one, then each as it arrives, then the end again and again", async () => {
  const { body, push, end } = queueWithLog();
  push(bytes("a"));
  push(bytes("b"));
  const first = await body.read();
  expect(first.ok && text(first.value)).toBe("ab");
  const waiting = body.read();
  push(bytes("c"));
  const second = await waiting;
  expect(second.ok && text(second.value)).toBe("c");
  end();
  expect(await body.read()).toEqual({ ok: true, value: undefined });
  expect(await body.read()).toEqual({ ok: true, value: undefined });
});

test("large pieces are passed on without a copy", async () => {
  const { body, push } = queueWithLog();
  const large = new Uint8Array(100_000);
  push(large);
  push(large);
  const read = await body.read();
  expect(read.ok && read.value).toBe(large);
});

test("a failure comes after what arrived before it", async () => {
  const { body, push, fail } = queueWithLog();
  push(bytes("a"));
  fail(FAILURE, false);
  const first = await body.read();
  expect(first.ok && text(first.value)).toBe("a");
  expect(await body.read()).toEqual({ ok: false, error: FAILURE });
  expect(await body.read()).toEqual({ ok: false, error: FAILURE });
});

test("a failure that drops what arrived comes at once, and ends a waiting read", async () => {
  const { body, push, fail } = queueWithLog();
  push(bytes("a"));
  await body.read();
  const waiting = body.read();
  fail(FAILURE, true);
  expect(await waiting).toEqual({ ok: false, error: FAILURE });
});

test("a reader that is behind pauses the upstream, and one that caught up lets it go on", async () => {
  const { body, push, log } = queueWithLog();
  const piece = new Uint8Array(HIGH_WATER / 8);
  for (let i = 0; i < 8; i++) push(piece);
  expect(log).toEqual([]);
  push(piece);
  push(piece);
  expect(log).toEqual(["pause"]);
  let left = 10 * piece.byteLength;
  while (left > 0) {
    const read = await body.read();
    left -= read.ok ? (read.value?.byteLength ?? 0) : 0;
    if (left > 64 * 1024) expect(log).toEqual(["pause"]);
  }
  expect(log).toEqual(["pause", "resume"]);
});

test("very many very small pieces pause the upstream too, and are read in linear time", async () => {
  const { body, push, log, end } = queueWithLog();
  for (let i = 0; i < 1025; i++) push(bytes("x"));
  expect(log).toEqual(["pause"]);
  end();
  const all = await body.readAll(10_000);
  expect(all.ok && all.value.bytes.byteLength).toBe(1025);
});

test("the idle time-out runs only while a reader waits", async () => {
  const { body, push, log } = queueWithLog();
  push(bytes("a"));
  await body.read();
  expect(log).toEqual([]);
  const waiting = body.read();
  expect(log).toEqual(["waits"]);
  push(bytes("b"));
  await waiting;
  expect(log).toEqual(["waits", "served"]);
});

test("cancelling drops what arrived, ends a waiting read, and is harmless when repeated", async () => {
  const { body, push, log } = queueWithLog();
  push(bytes("a"));
  body.cancel();
  expect(await body.read()).toMatchObject({ ok: false, error: { kind: "aborted" } });
  body.cancel();
  expect(await body.read()).toMatchObject({ ok: false, error: { kind: "aborted" } });
  expect(log.filter((entry) => entry === "cancel").length).toBeGreaterThan(0);

  const other = queueWithLog();
  const waiting = other.body.read();
  other.body.cancel();
  expect(await waiting).toMatchObject({ ok: false, error: { kind: "aborted" } });
});

test("a second read while one waits is a bug that is told", () => {
  const { body } = queueWithLog();
  void body.read();
  expect(() => body.read()).toThrow("one reader at a time");
});

test.each([
  [5, "hello", true, ""],
  [6, "hello", true, ""],
  [4, "hell", false, "o"],
  [0, "", false, "hello"],
])("reading all up to %d bytes", async (cap, read, complete, rest) => {
  const { body, push, end } = queueWithLog();
  push(bytes("hello"));
  end();
  const all = await body.readAll(cap);
  expect(all).toEqual({ ok: true, value: { bytes: bytes(read), complete } });
  const remainder = await body.readAll(100);
  expect(remainder).toEqual({ ok: true, value: { bytes: bytes(rest), complete: true } });
});

test("reading all fails as a read does", async () => {
  const { body, push, fail } = queueWithLog();
  push(bytes("hello"));
  fail(FAILURE, false);
  expect(await body.readAll(100)).toEqual({ ok: false, error: FAILURE });
});
