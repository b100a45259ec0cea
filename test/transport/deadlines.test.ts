// Deadlines against a clock that is moved by hand.
import { expect, test } from "bun:test";
import { ms } from "../../src/lib/time.ts";
import { alarm, createDeadlines, type TimeSource } from "../../src/transport/deadlines.ts";

/** A clock and one timer; `advance` moves the clock and runs the timer when it is due. */
function manualTime() {
  let time = 0;
  let timer: { readonly at: number; readonly run: () => void } | undefined;
  let wakes = 0;
  const source: TimeSource = {
    now: () => ms(time),
    schedule: (run, delay) => {
      expect(timer).toBeUndefined();
      timer = { at: time + delay, run };
      return () => {
        timer = undefined;
      };
    },
  };
  return {
    source,
    advance: (to: number) => {
      while (timer !== undefined && timer.at <= to) {
        const due = timer;
        timer = undefined;
        time = due.at;
        wakes += 1;
        due.run();
      }
      time = to;
    },
    pending: () => timer?.at,
    wakes: () => wakes,
  };
}

test("an alarm rings once when its time has come, and not before", () => {
  const time = manualTime();
  const deadlines = createDeadlines(time.source, 10);
  const rung: number[] = [];
  const one = alarm(() => rung.push(deadlines.now()));
  deadlines.set(one, 100);
  time.advance(99);
  expect(rung).toEqual([]);
  time.advance(500);
  expect(rung).toEqual([100]);
});

test("nothing runs while nothing is set", () => {
  const time = manualTime();
  const deadlines = createDeadlines(time.source, 10);
  expect(time.pending()).toBeUndefined();
  const one = alarm(() => {});
  deadlines.set(one, 100);
  expect(time.pending()).toBe(100);
  deadlines.remove(one);
  expect(time.pending()).toBeUndefined();
  deadlines.set(one, 200);
  deadlines.set(one, Infinity);
  time.advance(1000);
  expect(time.pending()).toBeUndefined();
});

test("moving an alarm back costs no wake-up of its own", () => {
  const time = manualTime();
  const deadlines = createDeadlines(time.source, 10);
  const rung: number[] = [];
  const one = alarm(() => rung.push(deadlines.now()));
  deadlines.set(one, 1000);
  for (let now = 1; now <= 900; now++) {
    time.advance(now);
    deadlines.set(one, now + 1000);
  }
  expect(time.wakes()).toBe(0);
  time.advance(1899);
  expect(rung).toEqual([]);
  time.advance(1920);
  expect(rung).toEqual([1900]);
  expect(time.wakes()).toBe(2);
});

test("an earlier alarm is not delayed by a later one that was set before", () => {
  const time = manualTime();
  const deadlines = createDeadlines(time.source, 10);
  const rung: string[] = [];
  deadlines.set(
    alarm(() => rung.push("late")),
    1000,
  );
  deadlines.set(
    alarm(() => rung.push("early")),
    50,
  );
  time.advance(60);
  expect(rung).toEqual(["early"]);
  time.advance(1010);
  expect(rung).toEqual(["early", "late"]);
});

test("alarms are looked at no more often than the coarseness allows", () => {
  const time = manualTime();
  const deadlines = createDeadlines(time.source, 50);
  let rung = 0;
  for (let at = 1; at <= 1000; at++)
    deadlines.set(
      alarm(() => (rung += 1)),
      at,
    );
  time.advance(1050);
  expect(rung).toBe(1000);
  expect(time.wakes()).toBeLessThanOrEqual(21);
});

test("an alarm may set itself and others while it rings", () => {
  const time = manualTime();
  const deadlines = createDeadlines(time.source, 10);
  const rung: string[] = [];
  const other = alarm(() => rung.push(`other ${deadlines.now()}`));
  const one = alarm(() => {
    rung.push(`one ${deadlines.now()}`);
    if (rung.length < 2) deadlines.set(one, 200);
    deadlines.set(other, 300);
  });
  deadlines.set(one, 100);
  time.advance(1000);
  expect(rung).toEqual(["one 100", "one 200", "other 300"]);
  expect(time.pending()).toBeUndefined();
});

test("an alarm that rings takes another back", () => {
  const time = manualTime();
  const deadlines = createDeadlines(time.source, 10);
  const rung: string[] = [];
  const second = alarm(() => rung.push("second"));
  deadlines.set(
    alarm(() => {
      rung.push("first");
      deadlines.set(second, Infinity);
    }),
    100,
  );
  deadlines.set(second, 150);
  time.advance(1000);
  expect(rung).toEqual(["first"]);
});

test("an alarm further off than a timer can wait is waited for in parts", () => {
  const time = manualTime();
  const deadlines = createDeadlines(time.source, 10);
  let rung = 0;
  deadlines.set(
    alarm(() => (rung += 1)),
    2 ** 32,
  );
  expect(time.pending()).toBe(2 ** 31 - 1);
  time.advance(2 ** 32 - 1);
  expect(rung).toBe(0);
  time.advance(2 ** 32 + 10);
  expect(rung).toBe(1);
});

test("the machine's own time works too", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const deadlines = createDeadlines(undefined, 1);
  deadlines.set(alarm(resolve), deadlines.now() + 5);
  await promise;
});
