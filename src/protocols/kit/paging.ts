// Model lists in pages. Without a word on the size everything is one page: a client that does not page misses nothing.
import { err, ok, type Result } from "../../lib/result.ts";
import type { Failure } from "../../ir/failure.ts";
import type { ModelEntry } from "../protocol.ts";

/** Largest page, in entries. */
export const LARGEST_PAGE = 1000;

/** A page that is asked for by a token. */
export type TokenPage = {
  readonly entries: readonly ModelEntry[];
  /** Token of the next page; absent on the last. */
  readonly next?: string;
};

/**
 * The page that two parameters of the query ask for: its size, and the token of where the page before ended. Fails as the
 * caller's mistake.
 */
export function pageByToken(
  all: readonly ModelEntry[],
  query: URLSearchParams,
  names: { readonly size: string; readonly token: string },
): Result<TokenPage, Failure> {
  const size = sizeOf(query, names.size);
  if (!size.ok) return size;
  const token = query.get(names.token) ?? "";
  // The name of the last entry holds good also when the config has changed in between.
  const last = token === "" ? undefined : (decode(token) ?? "");
  const start = last === undefined ? 0 : all.findIndex(({ id }) => id === last) + 1;
  if (last !== undefined && start === 0) return wrong(names.token, "is not a token of this list");
  const entries = all.slice(start, start + (size.value ?? LARGEST_PAGE));
  const end = entries.at(-1);
  const more = end !== undefined && start + entries.length < all.length;
  return ok({ entries, ...(more ? { next: encode(end.id) } : {}) });
}

/** The size that a query asks for, at most `LARGEST_PAGE`; `undefined`: none. Fails as the caller's mistake. */
export function sizeOf(query: URLSearchParams, name: string): Result<number | undefined, Failure> {
  const text = query.get(name) ?? "";
  if (text === "" || text === "0") return ok(undefined);
  if (!/^\d{1,9}$/.test(text)) return wrong(name, "is not a number of entries");
  return ok(Math.min(Number(text), LARGEST_PAGE));
}

/** A parameter of the query that cannot be followed. */
export function wrong(name: string, what: string): Result<never, Failure> {
  return err({ class: "invalid", message: `${name} ${what}`, param: name });
}

function encode(id: string): string {
  return new TextEncoder().encode(id).toBase64({ alphabet: "base64url", omitPadding: true });
}

function decode(token: string): string | undefined {
  try {
    return new TextDecoder().decode(Uint8Array.fromBase64(token, { alphabet: "base64url" }));
  } catch {
    return undefined;
  }
}
