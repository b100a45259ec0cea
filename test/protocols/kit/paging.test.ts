// Model lists in pages.
import { expect, test } from "bun:test";
import { LARGEST_PAGE, pageByToken, sizeOf } from "../../../src/protocols/kit/paging.ts";

const NAMES = { size: "size", token: "token" };
const entries = (...ids: readonly string[]) => ids.map((id) => ({ id, created: 0 }));
const page = (all: readonly string[], query: string) =>
  pageByToken(entries(...all), new URLSearchParams(query), NAMES);

test("pages follow each other to the end, whatever the names hold", () => {
  const all = ["a", "b/c:d", "é+ &", "z"];
  const seen: string[] = [];
  let token = "";
  for (let rounds = 0; rounds < 5; rounds++) {
    const query = new URLSearchParams({ size: "1", token });
    const got = pageByToken(entries(...all), query, NAMES);
    if (!got.ok) throw new Error(got.error.message);
    seen.push(...got.value.entries.map(({ id }) => id));
    if (got.value.next === undefined) break;
    token = got.value.next;
  }
  expect(seen).toEqual(all);
});

test("without a size everything is one page, up to the largest", () => {
  expect(page(["a", "b"], "")).toEqual({ ok: true, value: { entries: entries("a", "b") } });
  const many = Array.from({ length: LARGEST_PAGE + 1 }, (_, index) => `m${index}`);
  const first = page(many, "size=0");
  expect(first.ok ? first.value.next : "").toBe("bTk5OQ");
  expect(sizeOf(new URLSearchParams("size=5000"), "size")).toEqual({
    ok: true,
    value: LARGEST_PAGE,
  });
});

test.each(["size=x", "size=-1", "size=1.5", "token=%25", "token=enp6"])(
  "'%s' is refused",
  (query) => {
    expect(page(["a"], query)).toMatchObject({ ok: false, error: { class: "invalid" } });
  },
);
