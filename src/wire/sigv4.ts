// AWS Signature Version 4: signing, in header and in query form. Names follow the AWS document "Create a signed AWS API
// request". The clock is passed in; the derived key of a day is cached by the caller's record.
import { createHmac } from "node:crypto";
import { canonicalRequest, sha256Hex, uriEncode, type SigningRequest } from "./sigv4-canonical.ts";

/** A key pair, with the token that goes with it when it is temporary. */
export type SigningCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

/** Derived signing keys by secret, date, region and service. Bounded: see `createSigningKeyCache`. */
export type SigningKeyCache = {
  readonly get: (id: string) => Uint8Array | undefined;
  readonly set: (id: string, key: Uint8Array) => void;
};

/** A cache for at most `limit` keys; the one that was not used for longest goes first. */
export function createSigningKeyCache(limit = 256): SigningKeyCache {
  const keys = new Map<string, Uint8Array>();
  const set = (id: string, key: Uint8Array): void => {
    // A map keeps the order of insertion: what is used goes to its end.
    keys.delete(id);
    const [oldest] = keys.keys();
    if (keys.size >= limit && oldest !== undefined) keys.delete(oldest);
    keys.set(id, key);
  };
  return {
    get: (id) => {
      const key = keys.get(id);
      if (key !== undefined) set(id, key);
      return key;
    },
    set,
  };
}

/** What a signature is made for and with. */
export type SigningOptions = {
  readonly credentials: SigningCredentials;
  readonly region: string;
  readonly service: string;
  /** Wall clock in milliseconds since 1970. */
  readonly now: number;
  readonly keys: SigningKeyCache;
  /** Whether `.`, `..` and empty path segments are removed before signing; S3 and some others do not. */
  readonly normalizePath: boolean;
  /** Adds the session token after signing instead of signing it (a few services want it so). */
  readonly omitSessionToken?: boolean;
  /** Adds and signs `x-amz-content-sha256`. */
  readonly signBody?: boolean;
};

/** Name of the algorithm in every header, parameter and string to sign. */
export const ALGORITHM = "AWS4-HMAC-SHA256";

/** `20150830T123600Z` for a time in milliseconds since 1970. */
export function amzDate(now: number): string {
  return new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

/** `20150830/us-east-1/service/aws4_request`. */
export function credentialScope(date: string, region: string, service: string): string {
  return `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
}

/** The string whose HMAC is the signature. */
export function stringToSign(date: string, scope: string, canonical: string): string {
  return `${ALGORITHM}\n${date}\n${scope}\n${sha256Hex(canonical)}`;
}

/** The key of a day, region and service, derived from the secret by four HMACs or taken from the cache. */
export function signingKey(
  secretAccessKey: string,
  scope: string,
  keys: SigningKeyCache,
): Uint8Array {
  // The secret is hashed so that the cache's keys are not secrets themselves.
  const id = `${sha256Hex(secretAccessKey)}/${scope}`;
  const cached = keys.get(id);
  if (cached !== undefined) return cached;
  let key: Uint8Array | string = `AWS4${secretAccessKey}`;
  for (const part of scope.split("/")) key = createHmac("sha256", key).update(part).digest();
  const derived = typeof key === "string" ? new TextEncoder().encode(key) : key;
  keys.set(id, derived);
  return derived;
}

/** Hex signature of a string to sign. */
export function signature(key: Uint8Array, text: string): string {
  return createHmac("sha256", key).update(text).digest("hex");
}

/** Signs in header form; returns the headers to add. The request must carry every header that it goes out with. */
export function signHeaders(
  request: SigningRequest,
  options: SigningOptions,
): readonly (readonly [string, string])[] {
  const { credentials, region, service, normalizePath } = options;
  const date = amzDate(options.now);
  const token = credentials.sessionToken;
  const added: [string, string][] = [["x-amz-date", date]];
  if (options.signBody === true) added.push(["x-amz-content-sha256", request.hashedPayload]);
  if (token !== undefined && options.omitSessionToken !== true) {
    added.push(["x-amz-security-token", token]);
  }
  const headers = [...request.headers, ...added];
  const names = [...new Set(headers.map(([name]) => name.toLowerCase()))].sort();
  const scope = credentialScope(date, region, service);
  const canonical = canonicalRequest({ ...request, headers }, names, normalizePath);
  const key = signingKey(credentials.secretAccessKey, scope, options.keys);
  const signed = signature(key, stringToSign(date, scope, canonical));
  const credential = `Credential=${credentials.accessKeyId}/${scope}`;
  const authorization = `${ALGORITHM} ${credential}, SignedHeaders=${names.join(";")}, Signature=${signed}`;
  if (token !== undefined && options.omitSessionToken === true) {
    added.push(["x-amz-security-token", token]);
  }
  return [...added, ["authorization", authorization]];
}

/** Signs in query form (a presigned URL) for `expiresIn` seconds; returns the new query. */
export function presignQuery(
  request: SigningRequest,
  options: SigningOptions & { readonly expiresIn: number },
): string {
  const { credentials, region, service, normalizePath } = options;
  const date = amzDate(options.now);
  const scope = credentialScope(date, region, service);
  const names = [...new Set(request.headers.map(([name]) => name.toLowerCase()))].sort();
  const token = credentials.sessionToken;
  const parameters: [string, string][] = [
    ["X-Amz-Algorithm", ALGORITHM],
    ["X-Amz-Credential", `${credentials.accessKeyId}/${scope}`],
    ["X-Amz-Date", date],
    ["X-Amz-SignedHeaders", names.join(";")],
    ["X-Amz-Expires", String(options.expiresIn)],
  ];
  const tokenPair: [string, string][] =
    token === undefined ? [] : [["X-Amz-Security-Token", token]];
  if (options.omitSessionToken !== true) parameters.push(...tokenPair);
  const query = joinQuery(request.query, parameters);
  const canonical = canonicalRequest({ ...request, query }, names, normalizePath);
  const key = signingKey(credentials.secretAccessKey, scope, options.keys);
  const signed = signature(key, stringToSign(date, scope, canonical));
  const late = options.omitSessionToken === true ? tokenPair : [];
  return joinQuery(query, [...late, ["X-Amz-Signature", signed]]);
}

function joinQuery(query: string, parameters: readonly (readonly [string, string])[]): string {
  const added = parameters.map(([name, value]) => `${name}=${uriEncode(value)}`);
  return [...(query === "" ? [] : [query]), ...added].join("&");
}
