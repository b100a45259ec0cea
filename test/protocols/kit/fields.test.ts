// Reading an object so that nothing is overlooked.
import { expect, test } from "bun:test";
import { asRecord, parseJson } from "../../../src/lib/json.ts";
import { fieldsAt, fieldsOf } from "../../../src/protocols/kit/fields.ts";
import {
  missing,
  takeNotes,
  wrongType,
  wrongValue,
  type Notes,
} from "../../../src/protocols/kit/notes.ts";

function open(text: string, strict = true) {
  const document = parseJson(text);
  if (!document.ok) throw new Error(document.error.message);
  const notes = takeNotes(document.value, "d", strict);
  const record = asRecord(document.value.root);
  if (record === undefined) throw new Error("no object");
  return { notes, fields: fieldsOf(record, "/x", notes) };
}

function problemOf(notes: Notes) {
  return notes.failure()?.message;
}

test("what was not read is residue, as it was spelt", () => {
  const { fields, notes } = open('{"a":"s","b":1.50,"c":{"z":1,"y":2.0},"d":null,"e":true}');
  expect(fields.string("a")).toBe("s");
  expect(fields.boolean("e")).toBe(true);
  expect(fields.rest("R00").map(({ path, text }) => `${path} ${text}`)).toEqual([
    "/x/b 1.50",
    '/x/c {"z":1,"y":2.0}',
  ]);
  expect(notes.uses()).toEqual([
    { id: "R00", path: "/x/b" },
    { id: "R00", path: "/x/c" },
  ]);
});

test("null is absent", () => {
  const { fields, notes } = open('{"a":null}');
  expect(fields.string("a")).toBeUndefined();
  expect(fields.required("a")).toBe("");
  expect(problemOf(notes)).toBe("Missing required parameter: 'x.a'.");
});

test("the wrong type is a problem of a request, and residue of a reply", () => {
  const strict = open('{"a":1}');
  expect(strict.fields.string("a")).toBeUndefined();
  expect(strict.notes.failure()).toEqual({
    class: "invalid",
    message: "Invalid type for 'x.a': expected a string, but got an integer instead.",
    code: "invalid_type",
    param: "x.a",
  });
  const lenient = open('{"a":1}', false);
  expect(lenient.fields.string("a")).toBeUndefined();
  expect(lenient.notes.failure()).toBeUndefined();
  expect(lenient.fields.rest("S00")).toHaveLength(1);
});

test("a residue by name counts as its feature", () => {
  const { fields, notes } = open('{"seed":9007199254740993}');
  expect(fields.residue("seed", "R50")).toEqual([
    { dialect: "d", path: "/x/seed", text: "9007199254740993" as never, id: "R50" },
  ]);
  expect(fields.residue("none", "R50")).toEqual([]);
  expect(notes.uses()).toEqual([{ id: "R50", path: "/x/seed" }]);
  expect(fields.rest("R00")).toEqual([]);
});

test("objects within know where they are", () => {
  const { fields, notes } = open('{"a":{"b":[{"c":1}]}}');
  const inner = fields.fields("a");
  const [element] = inner?.list("b") ?? [];
  const deep = fieldsAt(element, `${inner?.at("b")}/0`, notes);
  expect(deep?.number("c")).toBe(1);
  expect(deep?.at("c")).toBe("/x/a/b/0/c");
  expect(fieldsAt("text", "/y", notes)).toBeUndefined();
  expect(problemOf(notes)).toContain("'y'");
});

test("members of the prototype are no members", () => {
  const { fields } = open('{"__proto__":{"a":1}}');
  expect(fields.any("toString")).toBeUndefined();
  expect(fields.rest("R00").map(({ path }) => path)).toEqual(["/x/__proto__"]);
});

test("the first problem is the one that counts, and a use counts once for a place", () => {
  const { notes } = open("{}");
  notes.reject(missing("/a"));
  notes.reject(wrongValue("/b", "x", ["y"]));
  notes.use("R47", "/t");
  notes.use("R47", "/t");
  expect(problemOf(notes)).toBe("Missing required parameter: 'a'.");
  expect(notes.uses()).toHaveLength(1);
  expect(wrongType("/a", "x", null).message).toContain("got null");
  expect(wrongType("/a", "x", 1.5).message).toContain("a decimal number");
});
