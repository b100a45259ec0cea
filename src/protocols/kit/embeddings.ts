// What the codecs for embeddings share: vectors in both spellings, settings with their places, and losses.
import { asArray, asNumber, asString, type Json, type Printable } from "../../lib/json.ts";
import { err, type Result } from "../../lib/result.ts";
import type { Given, VectorEncoding } from "../../ir/embeddings.ts";
import type { Failure } from "../../ir/failure.ts";
import type { Loss, Use } from "../../ir/loss.ts";
import type { Fields } from "./fields.ts";
import { dotted } from "./pointer.ts";

/** Feature under which settings of embeddings are reported: none has an id of its own (translation.md A.7). */
export const SETTING = "R00";

/** The vector as little-endian float32 in base64 (E333). */
export function packVector(vector: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(vector.length * 4));
  for (const [index, value] of vector.entries()) view.setFloat32(index * 4, value, true);
  return new Uint8Array(view.buffer).toBase64();
}

/** A vector in either spelling; `undefined` if it is neither. */
export function readVector(value: Json | undefined): readonly number[] | undefined {
  const text = asString(value);
  if (text !== undefined) return unpackVector(text);
  const list = asArray(value);
  const numbers = list?.flatMap((each) => asNumber(each) ?? []);
  return numbers?.length === list?.length ? numbers : undefined;
}

function unpackVector(text: string): readonly number[] | undefined {
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.fromBase64(text);
  } catch {
    return undefined;
  }
  if (bytes.byteLength % 4 !== 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.byteLength / 4 }, (_, index) =>
    view.getFloat32(index * 4, true),
  );
}

/** The vector as a client wants it. */
export function writeVector(vector: readonly number[], encoding: VectorEncoding): Printable {
  return encoding === "base64" ? packVector(vector) : vector;
}

/** A list in pieces of at most `size`; one empty piece if there is nothing. */
export function pieces<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.max(Math.ceil(list.length / size), 1);
  return Array.from({ length: count }, (_, index) => list.slice(index * size, (index + 1) * size));
}

/** A setting with its place; `undefined` if it is absent. */
export function given<T>(fields: Fields, key: string, value: T | undefined): Given<T> | undefined {
  return value === undefined ? undefined : { value, path: fields.at(key) };
}

/** Settings that go lost. */
export function dropped(
  residue: readonly Use[],
  ...settings: readonly (Given<unknown> | undefined)[]
): readonly Loss[] {
  const lost = settings.flatMap((setting) =>
    setting === undefined ? [] : [{ id: SETTING, path: setting.path } as const],
  );
  return [...residue, ...lost].map((use) => ({ ...use, level: "X" }));
}

/** What only the protocol itself takes: another member of the pool may speak it. */
export function onlyHere(path: string, what: string): Result<never, Failure> {
  const message = `${dotted(path)}: ${what} cannot be translated`;
  return err({
    class: "untranslatable",
    message,
    code: "untranslatable_field",
    param: dotted(path),
  });
}

/** Nothing to embed. */
export function noInput(path: string): Result<never, Failure> {
  const param = dotted(path);
  return err({ class: "invalid", message: `${param} must have at least one text`, param });
}

/** A reply without the vectors that it should have. */
export function noVectors(): Result<never, Failure> {
  const message = "the upstream's reply holds no embeddings in a form that is known";
  return err({ class: "bad-upstream-reply", message });
}
