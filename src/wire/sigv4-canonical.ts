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
 * services but S3 want it. `normalize` removes `.`, `..` and empty segments first, as the AWS SDKs do: the path then ends
 * with a slash only where it did before.
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
  return `/${kept.join("/")}${path.endsWith("/") && kept.length > 0 ? "/" : ""}`;
}

/** Names and values in their one canonical spelling, sorted by name, then value. */
export function canonicalQueryString(query: string): string {
  if (query === "") return "";
  const pairs = rawPairs(query).map(
    ([name, value]) => [canonicalSpelling(name), canonicalSpelling(value)] as const,
  );
  pairs.sort(([a, av], [b, bv]) => compare(a, b) || compare(av, bv));
  return pairs.map(([name, value]) => `${name}=${value}`).join("&");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Name and value of each pair as they stand on the wire. */
function rawPairs(query: string): (readonly [string, string])[] {
  return query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const equals = pair.indexOf("=");
      return equals < 0 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
    });
}

const UNRESERVED = /^[A-Za-z0-9\-._~]*$/;
const ESCAPE_OR_RESERVED = /%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~]/gu;

/** Reserved bytes escaped, unreserved ones not, hex digits upper case; escapes need not be UTF-8. */
function canonicalSpelling(text: string): string {
  if (UNRESERVED.test(text)) return text;
  return text.replace(ESCAPE_OR_RESERVED, (found) => {
    if (found.length !== 3) return uriEncode(found);
    const character = String.fromCharCode(Number.parseInt(found.slice(1), 16));
    return UNRESERVED.test(character) ? character : found.toUpperCase();
  });
}

/** The pairs of a wire query in their order, decoded; an escape that is not UTF-8 stays as it is. */
export function splitQuery(query: string): (readonly [string, string])[] {
  return rawPairs(query).map(([name, value]) => [percentDecode(name), percentDecode(value)]);
}

/** A wire query without the pairs of some names; all else stays as it is. */
export function withoutParameters(query: string, names: readonly string[]): string {
  const kept = query.split("&").filter((pair) => {
    const [name = ""] = pair.split("=", 1);
    return !names.includes(percentDecode(name));
  });
  return kept.join("&");
}

function percentDecode(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Blanks as HTTP knows them, and the line ends of folded headers. */
const BLANKS = /[ \t\r\n]+/g;
const OUTER_BLANKS = /^[ \t\r\n]+|[ \t\r\n]+$/g;

function canonicalHeaders(
  headers: SigningRequest["headers"],
  signedHeaders: readonly string[],
): string {
  const values = new Map<string, string>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const trimmed = value.replace(OUTER_BLANKS, "").replace(BLANKS, " ");
    const earlier = values.get(key);
    values.set(key, earlier === undefined ? trimmed : `${earlier},${trimmed}`);
  }
  return signedHeaders.map((name) => `${name}:${values.get(name) ?? ""}\n`).join("");
}

/** Percent-encodes all bytes but the unreserved characters of RFC 3986. */
export function uriEncode(text: string): string {
  if (UNRESERVED.test(text)) return text;
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
