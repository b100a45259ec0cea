import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { FEATURES, type Loss, type Report } from "../../src/ir/loss.ts";
import { lossDetail, lossHeaders, lossWishes } from "../../src/ir/loss-header.ts";
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

test("E339 a header is cut at 2 KB and says how many entries are missing", () => {
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

const read = (headers: Record<string, string>): ReturnType<typeof lossWishes> =>
  lossWishes((name) => headers[name]);

test.each([
  { name: "no headers say nothing", headers: {}, wishes: {} },
  { name: "true", headers: { "x-recloser-strict": "true" }, wishes: { strict: true } },
  { name: "RFC 9651's true", headers: { "x-recloser-strict": "?1" }, wishes: { strict: true } },
  { name: "false", headers: { "x-recloser-strict": "False" }, wishes: { strict: false } },
  {
    name: "allowed losses",
    headers: { "x-recloser-allow-loss": "R16, B01," },
    wishes: { allow: ["R16", "B01"] as const },
  },
  { name: "detail", headers: { "x-recloser-loss-detail": "Body" }, wishes: { detail: true } },
])("the caller's switches: $name", ({ headers, wishes }) => {
  expect(read(headers)).toEqual({ ok: true, value: { allow: [], detail: false, ...wishes } });
});

test("the detail names what is lost, and does not leave out what is cosmetic", () => {
  const losses: readonly Loss[] = [{ id: "R68", path: "/metadata", level: "X" }];
  expect(lossDetail({ losses, emulated: [{ id: "R31", path: "/tool_choice" }] })).toEqual({
    losses: [{ id: "R68", name: "metadata map", severity: "S0", path: "/metadata", level: "X" }],
    emulated: [{ id: "R31", name: "allowed subset", severity: "S1", path: "/tool_choice" }],
  });
});

test.each([
  { "x-recloser-strict": "yes please" },
  { "x-recloser-strict": "" },
  { "x-recloser-allow-loss": "R16,everything" },
  { "x-recloser-allow-loss": "toString" },
  { "x-recloser-loss-detail": "yes" },
])("%p is refused as the caller's mistake", (headers) => {
  const policy = read(headers);
  expect(policy.ok ? undefined : policy.error.class).toBe("invalid");
  expect(policy.ok ? undefined : policy.error.param).toBe(Object.keys(headers)[0]);
});

test("every id of the table can be allowed", () => {
  const all = Object.keys(FEATURES).join(",");
  const policy = read({ "x-recloser-allow-loss": all });
  expect(policy.ok ? policy.value.allow.length : 0).toBe(Object.keys(FEATURES).length);
});
