// AWS Signature Version 4: verifying, in header and in query form, including the hash of the body.
import { timingSafeEqual } from "node:crypto";
import { err, ok, type Result } from "../lib/result.ts";
import {
  canonicalRequest,
  sha256Hex,
  splitQuery,
  withoutParameters,
  type SigningRequest,
} from "./sigv4-canonical.ts";
import { ALGORITHM, signature, signingKey, stringToSign, type SigningKeyCache } from "./sigv4.ts";

/** A request whose signature is to be verified. */
export type SignedRequest = Omit<SigningRequest, "hashedPayload"> & { readonly body: Uint8Array };

/** What a verifier knows and allows. */
export type VerifyOptions = {
  /** Secrets that go with an access key id; empty if it is not known. */
  readonly secretsOf: (accessKeyId: string) => readonly string[];
  /** Wall clock in milliseconds since 1970. */
  readonly now: number;
  readonly keys: SigningKeyCache;
  readonly normalizePath: boolean;
  /** Accepts `UNSIGNED-PAYLOAD`, which proves nothing of the body. */
  readonly allowUnsignedPayload?: boolean;
  /** The session token of a presigned URL was added after signing (a few services want it so). */
  readonly omitSessionToken?: boolean;
};

/** Why a signature was refused; none of the messages says what the right one would have been. */
export type VerifyError = {
  readonly reason: "missing" | "malformed" | "expired" | "unknown-key" | "body" | "mismatch";
  readonly message: string;
};

/** The parts of a signature, wherever they stood. */
type Claim = {
  readonly accessKeyId: string;
  readonly scope: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly date: string;
  /** Seconds for which a presigned URL holds; absent when the signature stands in a header. */
  readonly expiresIn?: number;
};

/** Clocks may differ by five minutes, as with AWS. */
const MAX_SKEW_MS = 300_000;
const LONGEST_PRESIGNED_S = 604_800;
const UNSIGNED = "UNSIGNED-PAYLOAD";

/** Verifies a request; tells whose key signed it. */
export function verifySignature(
  request: SignedRequest,
  options: VerifyOptions,
): Result<{ readonly accessKeyId: string }, VerifyError> {
  const claim = readClaim(request);
  if (!claim.ok) return claim;
  const timely = checkTime(claim.value, options.now);
  if (timely !== undefined) return err(timely);
  const payload = hashedPayload(request, options);
  if (!payload.ok) return payload;
  const { accessKeyId, scope, signedHeaders, date } = claim.value;
  if (!signedHeaders.some((name) => name === "host" || name === AUTHORITY)) {
    return malformed("the host header must be signed");
  }
  const secrets = options.secretsOf(accessKeyId);
  if (secrets.length === 0) {
    return err({ reason: "unknown-key", message: "the access key id is not known" });
  }
  const canonical = canonicalRequest(
    {
      ...request,
      query: signedQuery(request, claim.value, options),
      headers: withAuthority(request),
      hashedPayload: payload.value,
    },
    signedHeaders,
    options.normalizePath,
  );
  const text = stringToSign(date, scope, canonical);
  const matches = secrets.some((secret) =>
    sameText(signature(signingKey(secret, scope, options.keys), text), claim.value.signature),
  );
  return matches
    ? ok({ accessKeyId })
    : err({ reason: "mismatch", message: "the signature does not match the request" });
}

/** Over HTTP/2 clients sign the pseudo-header that takes the place of `host`, and servers show it as `host`. */
const AUTHORITY = ":authority";

function withAuthority(request: SignedRequest): SignedRequest["headers"] {
  const host = headerOf(request, "host");
  return host === undefined ? request.headers : [...request.headers, [AUTHORITY, host]];
}

/** The query as it was when it was signed. */
function signedQuery(request: SignedRequest, claim: Claim, options: VerifyOptions): string {
  if (claim.expiresIn === undefined) return request.query;
  const late = options.omitSessionToken === true ? ["X-Amz-Security-Token"] : [];
  return withoutParameters(request.query, ["X-Amz-Signature", ...late]);
}

function readClaim(request: SignedRequest): Result<Claim, VerifyError> {
  const authorization = headerOf(request, "authorization");
  if (authorization?.startsWith(ALGORITHM) === true) {
    return claimOf(headerParts(authorization), headerOf(request, "x-amz-date") ?? "");
  }
  const pairs = splitQuery(request.query);
  // It is the one parameter that the signature cannot cover.
  if (pairs.filter(([name]) => name === "X-Amz-Signature").length > 1) {
    return malformed("there is more than one X-Amz-Signature");
  }
  return readQueryClaim(new Map(pairs));
}

function readQueryClaim(query: ReadonlyMap<string, string>): Result<Claim, VerifyError> {
  if (query.get("X-Amz-Algorithm") !== ALGORITHM) {
    return err({ reason: "missing", message: "the request is not signed" });
  }
  const parts = new Map(
    ["Credential", "SignedHeaders", "Signature"].map(
      (name) => [name, query.get(`X-Amz-${name}`) ?? ""] as const,
    ),
  );
  const expiresIn = Number(query.get("X-Amz-Expires") ?? "0");
  if (!(expiresIn >= 1 && expiresIn <= LONGEST_PRESIGNED_S)) {
    return malformed("X-Amz-Expires must be between 1 and 604800 seconds");
  }
  const claim = claimOf(parts, query.get("X-Amz-Date") ?? "");
  return claim.ok ? ok({ ...claim.value, expiresIn }) : claim;
}

function headerParts(authorization: string): Map<string, string> {
  const pairs = authorization
    .slice(ALGORITHM.length)
    .split(",")
    .map((part) => part.trim());
  return new Map(
    pairs.map((pair) => {
      const equals = pair.indexOf("=");
      return [pair.slice(0, equals), pair.slice(equals + 1)] as const;
    }),
  );
}

function claimOf(parts: ReadonlyMap<string, string>, date: string): Result<Claim, VerifyError> {
  const credential = parts.get("Credential") ?? "";
  const slash = credential.indexOf("/");
  const scope = credential.slice(slash + 1);
  const given = parts.get("Signature") ?? "";
  const names = (parts.get("SignedHeaders") ?? "").split(";");
  if (slash < 1 || !/^\d{8}\/[^/]+\/[^/]+\/aws4_request$/.test(scope)) {
    return malformed("the credential scope is malformed");
  }
  if (!/^[0-9a-f]{64}$/.test(given)) return malformed("the signature is malformed");
  if (!/^\d{8}T\d{6}Z$/.test(date) || !date.startsWith(scope.slice(0, 8))) {
    return malformed("the date is missing or not that of the credential scope");
  }
  return ok({
    accessKeyId: credential.slice(0, slash),
    scope,
    signedHeaders: names,
    signature: given,
    date,
  });
}

function checkTime(claim: Claim, now: number): VerifyError | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(claim.date) ?? [];
  const signedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  const age = now - signedAt;
  const oldest = claim.expiresIn === undefined ? MAX_SKEW_MS : claim.expiresIn * 1000;
  if (age >= -MAX_SKEW_MS && age <= oldest) return undefined;
  return { reason: "expired", message: "the signature is expired or the clocks differ too much" };
}

/** The hash that the signature must cover. A hash that the client states is checked against the body itself. */
function hashedPayload(
  request: SignedRequest,
  options: VerifyOptions,
): Result<string, VerifyError> {
  const stated = headerOf(request, "x-amz-content-sha256");
  if (stated === UNSIGNED) {
    return options.allowUnsignedPayload === true
      ? ok(UNSIGNED)
      : err({ reason: "body", message: "the body must be signed" });
  }
  const actual = sha256Hex(request.body);
  if (stated !== undefined && stated !== actual) {
    return err({ reason: "body", message: "the body is not the one that was signed" });
  }
  return ok(actual);
}

function headerOf(request: SignedRequest, name: string): string | undefined {
  return request.headers.find(([candidate]) => candidate.toLowerCase() === name)?.[1];
}

function malformed(message: string): Result<never, VerifyError> {
  return err({ reason: "malformed", message });
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}
