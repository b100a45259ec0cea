// Judges a request against the vendor's own machine-readable model of the service (translation.md 0.1, ACCEPT): members,
// unions, words, patterns and limits. Independent of our encoders.
import { readFileSync } from "node:fs";
import { asArray, asNumber, asRecord, asString, parseJson, type Json } from "../../src/lib/json.ts";
import { isRecord } from "./canon.ts";

/** Says all that is wrong with a document, in words with a JSON pointer each; empty: nothing. */
export type ShapeJudge = (document: Json) => readonly string[];

type Shapes = { readonly [name: string]: Json };
type Walk = { readonly shapes: Shapes; readonly faults: string[] };
type Shape = { readonly [key: string]: Json };

/** A judge for one shape of a model; `located` are members that travel outside the body, so they are not demanded. */
export function shapeJudge(file: string, name: string, located: readonly string[]): ShapeJudge {
  const model = parseJson(readFileSync(file, "utf8"));
  if (!model.ok) throw new Error(model.error.message);
  const shapes = asRecord(asRecord(model.value.root)?.["shapes"]);
  if (shapes === undefined) throw new Error(`no shapes in ${file}`);
  return (document) => {
    const walk: Walk = { shapes, faults: [] };
    check(document, name, "", walk);
    return walk.faults.filter((fault) => !located.some((key) => fault === missing("", key)));
  };
}

function missing(path: string, key: string): string {
  return `${path || "/"}: ${key} is missing`;
}

function check(value: Json, name: string, path: string, walk: Walk): void {
  const shape = asRecord(walk.shapes[name]);
  if (shape === undefined) throw new Error(`no shape ${name}`);
  const type = asString(shape["type"]) ?? "";
  switch (type) {
    case "structure":
      // A shape marked as a document is any JSON.
      if (shape["document"] !== true) checkStructure(value, shape, path, walk);
      return;
    case "list":
      checkList(value, shape, path, walk);
      return;
    case "map":
      checkMap(value, shape, path, walk);
      return;
    case "string":
    case "blob":
      checkText(value, shape, path, walk);
      return;
    case "integer":
    case "long":
    case "float":
    case "double":
      checkNumber(value, shape, path, walk);
      return;
    case "boolean":
      if (typeof value !== "boolean") walk.faults.push(`${path}: no boolean`);
      return;
    default:
      throw new Error(`a shape of an unknown type: ${type}`);
  }
}

function checkStructure(value: Json, shape: Shape, path: string, walk: Walk): void {
  if (!isRecord(value)) {
    walk.faults.push(`${path}: no object`);
    return;
  }
  const members = asRecord(shape["members"]) ?? {};
  const keys = Object.keys(value);
  if (shape["union"] === true && keys.length !== 1) {
    walk.faults.push(`${path}: a union with ${keys.length} members`);
  }
  for (const key of asArray(shape["required"]) ?? []) {
    const word = asString(key) ?? "";
    if (value[word] === undefined) walk.faults.push(missing(path, word));
  }
  for (const [key, inner] of Object.entries(value)) {
    const target = Object.hasOwn(members, key) ? targetOf(members[key]) : undefined;
    if (target === undefined) walk.faults.push(`${path || "/"}: unknown member ${key}`);
    else check(inner, target, `${path}/${key}`, walk);
  }
}

function checkList(value: Json, shape: Shape, path: string, walk: Walk): void {
  const list = asArray(value);
  const member = targetOf(shape["member"]);
  if (list === undefined || member === undefined) {
    walk.faults.push(`${path}: no list`);
    return;
  }
  checkSize(list.length, shape, path, walk);
  for (const [index, entry] of list.entries()) check(entry, member, `${path}/${index}`, walk);
}

function checkMap(value: Json, shape: Shape, path: string, walk: Walk): void {
  const key = targetOf(shape["key"]);
  const member = targetOf(shape["value"]);
  if (!isRecord(value) || key === undefined || member === undefined) {
    walk.faults.push(`${path}: no map`);
    return;
  }
  checkSize(Object.keys(value).length, shape, path, walk);
  for (const [name, entry] of Object.entries(value)) {
    check(name, key, `${path}/${name}`, walk);
    check(entry, member, `${path}/${name}`, walk);
  }
}

function checkText(value: Json, shape: Shape, path: string, walk: Walk): void {
  if (typeof value !== "string") {
    walk.faults.push(`${path}: no string`);
    return;
  }
  checkSize(Array.from(value).length, shape, path, walk);
  const pattern = asString(shape["pattern"]);
  if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`).test(value)) {
    walk.faults.push(`${path}: ${JSON.stringify(value)} does not match ${pattern}`);
  }
  const words = asArray(shape["enum"]);
  if (words !== undefined && !words.includes(value)) {
    walk.faults.push(`${path}: ${JSON.stringify(value)} is none of ${JSON.stringify(words)}`);
  }
}

function checkNumber(value: Json, shape: Shape, path: string, walk: Walk): void {
  if (typeof value !== "number") {
    walk.faults.push(`${path}: no number`);
    return;
  }
  const isWhole = shape["type"] === "integer" || shape["type"] === "long";
  if (isWhole && !Number.isInteger(value)) walk.faults.push(`${path}: no whole number`);
  checkSize(value, shape, path, walk);
}

function checkSize(size: number, shape: Shape, path: string, walk: Walk): void {
  const least = asNumber(shape["min"]) ?? Number.NEGATIVE_INFINITY;
  const most = asNumber(shape["max"]) ?? Number.POSITIVE_INFINITY;
  if (size < least || size > most) {
    walk.faults.push(`${path}: ${size} is not within ${least} and ${most}`);
  }
}

function targetOf(member: Json | undefined): string | undefined {
  return asString(asRecord(member)?.["shape"]);
}
