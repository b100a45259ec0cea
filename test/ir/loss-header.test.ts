import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { FEATURES, type Loss, type LossId, type Report } from "../../src/ir/loss.ts";
import { lossHeaders, lossPolicy } from "../../src/ir/loss-header.ts";
import { COMPAT } from "../../src/ir/policy.ts";

const headersOf = (
  losses: readonly Loss[],
  emulated: Report["emulated"] = [],
): Readonly<Record<string, string>> => lossHeaders({ losses, emulated }, COMPAT);

test("losses stand in the header as the design spells them", () => {
  // The example of translation.md C.2.
  const losses: readonly Loss[] = [
    { id: "R49", path: "/top_k", level: "X" },
    { id: "R39", path: "/messages/4", level: "D" },
  ];
  expect(headersOf(losses)).toEqual({
    "x-recloser-loss": 'R49;path="/top_k";lvl=X, R39;path="/messages/4";lvl=D',
  });
});

test("emulated features have a header of their own", () => {
  expect(headersOf([], [{ id: "R31", path: "/tool_choice" }])).toEqual({
    "x-recloser-emulated": 'R31;path="/tool_choice"',
  });
});

test("a report with nothing to say gives no header, cosmetic losses stay silent", () => {
  expect(headersOf([{ id: "R68", path: "/metadata", level: "X" }])).toEqual({});
});

test("quotes and other alphabets are escaped as RFC 9651 says", () => {
  const paths = [String.raw`/a"b\c`, "/schlüssel%"];
  expect(headersOf(paths.map((path) => ({ id: "R00", path, level: "X" })))).toEqual({
    "x-recloser-loss": String.raw`R00;path="/a\"b\\c";lvl=X, R00;path=%"/schl%c3%bcssel%25";lvl=X`,
  });
});

test("a header is cut at 2 KB and says how many entries are missing", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 80 }), { maxLength: 120 }), (paths) => {
      const value =
        headersOf(paths.map((path) => ({ id: "R00", path, level: "X" })))["x-recloser-loss"] ?? "";
      expect(value.length).toBeLessThanOrEqual(2048);
      const shown = value === "" ? 0 : value.split("R00;path=").length - 1;
      const more = /;more=(\d+)$/.exec(value)?.[1] ?? "0";
      // A path may itself hold what looks like an entry; none of these does.
      fc.pre(paths.every((path) => !path.includes("R00;path=") && !path.includes(";more=")));
      expect(shown + Number(more)).toBe(paths.length);
    }),
  );
});

test("a single entry that is too long is only counted", () => {
  const value = headersOf([{ id: "R00", path: "x".repeat(3000), level: "X" }]);
  expect(value).toEqual({ "x-recloser-loss": "more;more=1" });
});

const read = (headers: Record<string, string>): ReturnType<typeof lossPolicy> =>
  lossPolicy((name) => headers[name], { strict: false, allow: new Set<LossId>(["R17"]) });

test.each([
  { name: "no headers keep the route's policy", headers: {}, strict: false, allow: ["R17"] },
  { name: "true", headers: { "x-recloser-strict": "true" }, strict: true, allow: ["R17"] },
  { name: "RFC 9651's true", headers: { "x-recloser-strict": "?1" }, strict: true, allow: ["R17"] },
  { name: "false", headers: { "x-recloser-strict": "False" }, strict: false, allow: ["R17"] },
  {
    name: "allowed losses add to the route's",
    headers: { "x-recloser-allow-loss": "R16, B01," },
    strict: false,
    allow: ["R17", "R16", "B01"],
  },
])("the caller's switches: $name", ({ headers, strict, allow }) => {
  expect(read(headers)).toEqual({ ok: true, value: { strict, allow: new Set<LossId>(allow) } });
});

test.each([
  { "x-recloser-strict": "yes please" },
  { "x-recloser-strict": "" },
  { "x-recloser-allow-loss": "R16,everything" },
  { "x-recloser-allow-loss": "toString" },
])("%p is refused as the caller's mistake", (headers) => {
  const policy = read(headers);
  expect(policy.ok ? undefined : policy.error.class).toBe("invalid");
  expect(policy.ok ? undefined : policy.error.param).toBe(Object.keys(headers)[0]);
});

test("every id of the table can be allowed", () => {
  const all = Object.keys(FEATURES).join(",");
  const policy = read({ "x-recloser-allow-loss": all });
  expect(policy.ok ? policy.value.allow.size : 0).toBe(Object.keys(FEATURES).length);
});
