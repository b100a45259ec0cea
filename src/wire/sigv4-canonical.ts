// AWS Signature Version 4: the canonical request. Names follow the AWS document "Create a signed AWS API request".
import { createHash } from "node:crypto";

/** A request as the signature sees it. */
export type SigningRequest = {
  readonly method: string;
  /** Path exactly as it stands on the wire. */
  readonly path: string;
  /** Query exactly as it stands on the wire, without the question mark. */
  readonly query: string;
  /** Header pairs in wire order, names in any case; a `host` among them. */
  readonly headers: readonly (readonly [string, string])[];
  /** Hex SHA-256 of the body, or `UNSIGNED-PAYLOAD`. */
  readonly hashedPayload: string;
};

/** Hex SHA-256. */
export function sha256Hex(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}

/** The canonical request over the headers named in `signedHeaders` (lower case, sorted). */
export function canonicalRequest(
  request: SigningRequest,
  signedHeaders: readonly string[],
  normalizePath: boolean,
): string {
  return [
    request.method,
    canonicalUri(request.path, normalizePath),
    canonicalQueryString(request.query),
    canonicalHeaders(request.headers, signedHeaders),
    signedHeaders.join(";"),
    request.hashedPayload,
  ].join("\n");
}

/**
 * The wire path with every reserved byte encoded: a percent sign that is already there is encoded a second time, as all
 * services but S3 want it. `normalize` removes `.`, `..` and empty segments first (RFC 3986 6.2.2.3).
 */
export function canonicalUri(path: string, normalize: boolean): string {
  const absolute = path === "" ? "/" : path;
  return (normalize ? normalized(absolute) : absolute).split("/").map(uriEncode).join("/");
}

function normalized(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(segment);
  }
  const folder = /\/\.{0,2}$/.test(path) && kept.length > 0;
  return `/${kept.join("/")}${folder ? "/" : ""}`;
}

/** Pairs decoded, encoded the one canonical way, and sorted by encoded name, then value. `X-Amz-Signature` stays out. */
export function canonicalQueryString(query: string): string {
  if (query === "") return "";
  const pairs = splitQuery(query)
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => [uriEncode(name), uriEncode(value)] as const);
  pairs.sort(([a, av], [b, bv]) => compare(a, b) || compare(av, bv));
  return pairs.map(([name, value]) => `${name}=${value}`).join("&");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Decoded pairs of a wire query in their order. */
export function splitQuery(query: string): (readonly [string, string])[] {
  return query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const equals = pair.indexOf("=");
      const name = equals < 0 ? pair : pair.slice(0, equals);
      const value = equals < 0 ? "" : pair.slice(equals + 1);
      return [percentDecode(name), percentDecode(value)] as const;
    });
}

function percentDecode(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function canonicalHeaders(
  headers: SigningRequest["headers"],
  signedHeaders: readonly string[],
): string {
  const values = new Map<string, string>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const trimmed = value.trim().replace(/\s+/g, " ");
    const earlier = values.get(key);
    values.set(key, earlier === undefined ? trimmed : `${earlier},${trimmed}`);
  }
  return signedHeaders.map((name) => `${name}:${values.get(name) ?? ""}\n`).join("");
}

/** Percent-encodes all bytes but the unreserved characters of RFC 3986. */
export function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
