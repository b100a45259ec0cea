// What every store of conversations promises, held against each of them.
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bounds } from "../../src/cache/bounded.ts";
import type { StateStore } from "../../src/gateway/state-store.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";

type Store = Pick<StateStore, "view">;
type Opened = { readonly clock: { now: number }; readonly store: Store };

const folder = mkdtempSync(join(tmpdir(), "recloser-store-"));
const closers: (() => void)[] = [];
afterAll(() => {
  for (const close of closers) close();
  rmSync(folder, { recursive: true });
});

let files = 0;
function openFile(path: string, bounds: Bounds, now: () => number): Store {
  const store = openSqliteStore(path, bounds, now);
  closers.push(store.close);
  return store;
}
const STORES = {
  memory: (bounds: Bounds, now: () => number): Store => createMemoryStore(bounds, now),
  sqlite: (bounds: Bounds, now: () => number): Store =>
    openFile(join(folder, `${files++}.db`), bounds, now),
};

function open(make: (typeof STORES)["memory"], bounds: Partial<Bounds> = {}): Opened {
  const clock = { now: 1000 };
  const all = { maxEntries: 100, maxBytes: 10_000, ttl: 1000, ...bounds };
  return { clock, store: make(all, () => clock.now) };
}

const item = (id: string, text = id): { kind: "item"; id: string; text: string } => ({
  kind: "item",
  id,
  text,
});

describe.each(Object.entries(STORES))("%s", (_, make) => {
  test("what was written is read, and what is written again replaces it", () => {
    const view = open(make).store.view("t");
    expect(view.get("item", "a")).toBeUndefined();
    view.put([item("a", '{"ä":"😀"}'), item("b")]);
    expect(view.get("item", "a")).toBe('{"ä":"😀"}');
    view.put([item("a", "new")]);
    expect(view.get("item", "a")).toBe("new");
    expect(view.get("item", "b")).toBe("b");
  });

  test("kinds and tenants are kept apart", () => {
    const { store } = open(make);
    store.view("t").put([item("a")]);
    expect(store.view("t").get("response", "a")).toBeUndefined();
    expect(store.view("u").get("item", "a")).toBeUndefined();
    expect(store.view("u").remove("item", "a")).toBe(false);
    expect(store.view("t").get("item", "a")).toBe("a");
  });

  test("what is removed is gone", () => {
    const view = open(make).store.view("t");
    view.put([item("a")]);
    expect(view.remove("item", "a")).toBe(true);
    expect(view.remove("item", "a")).toBe(false);
    expect(view.get("item", "a")).toBeUndefined();
  });

  test("records expire, and writing one again gives it its whole time", () => {
    const { store, clock } = open(make, { ttl: 100 });
    const view = store.view("t");
    view.put([item("a"), item("b")]);
    clock.now += 60;
    view.put([item("a")]);
    clock.now += 40;
    expect(view.get("item", "a")).toBe("a");
    expect(view.get("item", "b")).toBeUndefined();
    expect(view.remove("item", "b")).toBe(false);
    clock.now += 60;
    expect(view.get("item", "a")).toBeUndefined();
  });

  test("beyond the number allowed, what was not used for longest goes, whoever's it is", () => {
    const { store } = open(make, { maxEntries: 2 });
    store.view("t").put([item("a"), item("b")]);
    expect(store.view("t").get("item", "a")).toBe("a");
    store.view("u").put([item("c")]);
    expect(store.view("t").get("item", "b")).toBeUndefined();
    expect(store.view("t").get("item", "a")).toBe("a");
    expect(store.view("u").get("item", "c")).toBe("c");
  });

  test("bytes are counted in UTF-8, and one record may push out many", () => {
    const view = open(make, { maxBytes: 10 }).store.view("t");
    view.put([item("a", "ää"), item("b", "bbbb")]);
    view.put([item("c", "ccc")]);
    expect(view.get("item", "a")).toBeUndefined();
    expect(view.get("item", "b")).toBe("bbbb");
    view.put([item("d", "0123456789")]);
    expect(view.get("item", "b")).toBeUndefined();
    expect(view.get("item", "d")).toBe("0123456789");
    view.put([item("e", "01234567890")]);
    expect(view.get("item", "e")).toBeUndefined();
  });
});

test("a file keeps its records when it is opened again, also by two at once", () => {
  const path = join(folder, "again.db");
  const bounds = { maxEntries: 2, maxBytes: 1000, ttl: 1000 };
  const first = openFile(path, bounds, () => 0).view("t");
  first.put([item("a")]);
  const second = openFile(path, bounds, () => 0).view("t");
  expect(second.get("item", "a")).toBe("a");
  second.put([item("b"), item("c")]);
  expect(first.get("item", "a")).toBeUndefined();
  expect(first.get("item", "c")).toBe("c");
});
