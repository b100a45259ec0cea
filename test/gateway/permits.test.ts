import { expect, test } from "bun:test";
import { createPermits } from "../../src/gateway/permits.ts";
import { ms } from "../../src/lib/time.ts";

test("who waits first is served first, and who cannot use a place does not take it", async () => {
  const permits = createPermits(() => ms(0));
  const { signal } = new AbortController();
  for (const name of ["a", "b", "b"]) permits.take(name);
  const order: string[] = [];
  const wait = async (who: string, ...names: string[]): Promise<void> => {
    if (await permits.wait(new Set(names), 5000, signal)) order.push(who);
  };
  const all = [wait("first", "a"), wait("second", "b"), wait("third", "a", "b")];
  permits.give("b");
  permits.give("b");
  permits.give("a");
  await Promise.all(all);
  expect(order).toEqual(["second", "third", "first"]);
  expect([permits.waiting(), permits.all().size]).toEqual([0, 0]);
});

test("a place in the line tells position and time, by the pace of late", () => {
  let now = 0;
  const permits = createPermits(() => ms(now));
  const names = new Set(["pool"]);
  expect(permits.place(names, "pool")).toEqual({ position: 1, estimate: undefined });
  for (now = 0; now <= 1000; now += 200) {
    permits.take("pool");
    permits.give("pool");
  }
  expect(permits.place(names, "pool")).toEqual({ position: 1, estimate: 200 });
  void permits.wait(names, 1, new AbortController().signal);
  expect(permits.place(names, "pool")).toEqual({ position: 2, estimate: 400 });
});

test("a wait ends with its time, or with the client", async () => {
  const permits = createPermits(() => ms(0));
  const names = new Set(["a"]);
  expect(await permits.wait(names, 1, new AbortController().signal)).toBe(false);
  expect(await permits.wait(names, 60_000, AbortSignal.abort())).toBe(false);
  expect(permits.waiting()).toBe(0);
});
