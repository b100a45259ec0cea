// Who is calling: tokens in every carrier that the SDKs use, and AWS signatures for Bedrock clients.
import { createHash, timingSafeEqual } from "node:crypto";
import { err, ok, type Result } from "../lib/result.ts";
import type { Secret } from "../lib/secret.ts";
import type { Failure } from "../ir/failure.ts";
import type { HeaderList, HeaderReader, Protocol } from "../protocols/protocol.ts";
import type { SigningKeyCache } from "../wire/sigv4.ts";
import { verifySignature } from "../wire/sigv4-verify.ts";

/** A request as far as authentication looks at it. */
export type Arrival = {
  readonly protocol: Protocol;
  readonly method: string;
  /** Path as it came, still percent-encoded. */
  readonly path: string;
  /** Query as it came, without the question mark. */
  readonly query: string;
  readonly header: HeaderReader;
  readonly headers: () => HeaderList;
  readonly body: Uint8Array;
};

/** A caller that may pass. */
export type Principal = {
  /** Its own credential, where the mode is to hand it on. */
  readonly token?: string;
  /** Who it is: a digest of its credential, "" where everybody may pass. What is kept for one is hidden from others. */
  readonly tenant: string;
};

/** Decides whether a request may pass; a refusal costs nothing upstream. */
export type Authenticator = (arrival: Arrival) => Result<Principal, Failure>;

/** Lets everybody in (`auth.mode: none`). */
export const allowAll: Authenticator = () => ok({ tenant: "" });

/** Hands the caller's own credential on to the provider, which judges it (`auth.mode: passthrough`). */
export const passThrough: Authenticator = (arrival) => {
  const found = credentialOf(arrival);
  if (found?.kind === "token") {
    return ok({ token: found.token, tenant: tenantOf(found.token) });
  }
  if (found?.kind === "sigv4") {
    return refusal("an AWS signature cannot be passed on: use a Bedrock API key as a bearer token");
  }
  return refusal("no credential: send the key that your provider expects");
};

/** What `tokenAuthenticator` needs besides the tokens. */
export type TokenOptions = {
  /** Wall clock in milliseconds since 1970. */
  readonly wallNow: () => number;
  readonly signingKeys: SigningKeyCache;
};

/**
 * Knows callers by shared tokens (`auth.mode: tokens`). A token `ACCESS:SECRET` lets a Bedrock SDK sign with that key
 * pair; any other token may be used as the secret of a key pair whose access key id is `recloser`.
 */
export function tokenAuthenticator(
  tokens: readonly Secret<string>[],
  options: TokenOptions,
): Authenticator {
  const digests = tokens.map((token) => digest(token.reveal()));
  const secretsOf = signingSecrets(tokens);
  return (arrival) => {
    const found = credentialOf(arrival);
    if (found === undefined) return refusal("no credential: send a token of this gateway");
    if (found.kind === "sigv4") return checkSignature(arrival, secretsOf, options);
    const given = digest(found.token);
    // Every token is compared, in constant time, so that the answer's time tells nothing.
    let known = false;
    for (const candidate of digests) known = timingSafeEqual(candidate, given) || known;
    return known
      ? ok({ tenant: tenantOf(found.token) })
      : refusal("the token is not known to this gateway");
  };
}

/** Access key id that goes with a plain token. */
const PLAIN_ACCESS_KEY = "recloser";

function signingSecrets(
  tokens: readonly Secret<string>[],
): (accessKeyId: string) => readonly string[] {
  const pairs = new Map<string, string[]>();
  for (const token of tokens) {
    const text = token.reveal();
    const colon = text.indexOf(":");
    const [id, value] =
      colon > 0 ? [text.slice(0, colon), text.slice(colon + 1)] : [PLAIN_ACCESS_KEY, text];
    pairs.set(id, [...(pairs.get(id) ?? []), value]);
  }
  return (accessKeyId) => pairs.get(accessKeyId) ?? [];
}

function checkSignature(
  arrival: Arrival,
  secretsOf: (accessKeyId: string) => readonly string[],
  options: TokenOptions,
): Result<Principal, Failure> {
  const verified = verifySignature(
    { ...arrival, headers: arrival.headers() },
    { secretsOf, now: options.wallNow(), keys: options.signingKeys, normalizePath: true },
  );
  return verified.ok
    ? ok({ tenant: tenantOf(verified.value.accessKeyId) })
    : refusal(`AWS signature: ${verified.error.message}`);
}

function credentialOf(arrival: Arrival): ReturnType<Protocol["ingress"]["credential"]> {
  const { protocol, header, query } = arrival;
  return protocol.ingress.credential(header, new URLSearchParams(query));
}

function refusal(message: string): Result<never, Failure> {
  return err({ class: "unauthenticated", message, code: "invalid_api_key" });
}

function tenantOf(credential: string): string {
  return digest(credential).toString("hex");
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
