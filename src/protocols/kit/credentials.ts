// Where SDKs put a token.
import type { ClientCredential, HeaderReader } from "../protocol.ts";

const BEARER = /^bearer +(.+)$/i;

/** The token of an `Authorization: Bearer` header. */
export function bearer(header: HeaderReader): ClientCredential | undefined {
  return token(BEARER.exec(header("authorization") ?? "")?.[1]?.trim());
}

/** A token from wherever it stood; an empty one counts as none. */
export function token(text: string | undefined | null): ClientCredential | undefined {
  return text === undefined || text === null || text === ""
    ? undefined
    : { kind: "token", token: text };
}
