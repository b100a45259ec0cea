// HTTP/1.1 on the wire, as a client needs it (RFC 9112): writing a request's head, reading a reply's. Pure.
import { err, ok, type Result } from "../lib/result.ts";
import type { OutgoingRequest, TransportHeaders } from "./transport.ts";

/** How the end of a body is known (RFC 9112, section 6.3). */
export type BodyFraming =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "until-close" };

/** A reply's head. */
export type ReplyHead = {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: TransportHeaders;
  readonly body: BodyFraming;
  /** Whether the connection may carry another request afterwards. */
  readonly keepAlive: boolean;
};

/** A header name or method: RFC 9110 `token`. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What may stand in a header value: no CR, LF or NUL, so that no header can smuggle in another. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const VALUE_FORBIDDEN = /[\0\r\n]/;
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const TARGET_FORBIDDEN = /[\0-\x20\x7f]/;

/** The head of a request. Throws on characters that would break out of their place: only our own bug puts them there. */
export function requestHead(request: OutgoingRequest): string {
  if (!TOKEN.test(request.method) || TARGET_FORBIDDEN.test(request.target)) {
    throw new Error("a request's method or target holds forbidden characters");
  }
  let head = `${request.method} ${request.target} HTTP/1.1\r\nhost: ${hostHeader(request.origin)}\r\n`;
  for (const [name, value] of request.headers) {
    if (!TOKEN.test(name) || VALUE_FORBIDDEN.test(value)) {
      throw new Error(`header ${JSON.stringify(name)} holds forbidden characters`);
    }
    head += `${name}: ${value}\r\n`;
  }
  if (request.body !== undefined || request.method === "POST" || request.method === "PUT") {
    head += `content-length: ${request.body?.byteLength ?? 0}\r\n`;
  }
  return `${head}\r\n`;
}

/** Value of the `host` header: the port only where it is not the scheme's own, brackets round IPv6 addresses. */
export function hostHeader(origin: OutgoingRequest["origin"]): string {
  const host = origin.host.includes(":") ? `[${origin.host}]` : origin.host;
  return origin.port === (origin.secure ? 443 : 80) ? host : `${host}:${origin.port}`;
}

const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: |$)/;

/** Reads a head without its empty line; fails with a sentence on whatever could be read in two ways. */
export function parseHead(text: string, method: string): Result<ReplyHead, string> {
  const lines = text.split("\r\n");
  const statusLine = STATUS_LINE.exec(lines[0] ?? "");
  if (statusLine === null) return err("the status line is not HTTP/1.1");
  const status = Number(statusLine[2]);
  const headers: [string, string][] = [];
  for (let i = 1; i < lines.length; i++) {
    const header = parseHeader(lines[i] ?? "");
    if (header === undefined) return err("a header line is malformed");
    headers.push(header);
  }
  const body = bodyFraming(method, status, headers);
  if (!body.ok) return body;
  const keepAlive = body.value.kind !== "until-close" && staysOpen(statusLine[1] ?? "", headers);
  return ok({ status, headers, body: body.value, keepAlive });
}

function parseHeader(line: string): [string, string] | undefined {
  const colon = line.indexOf(":");
  const name = line.slice(0, colon);
  // A line that starts with white space would continue the one before (obs-fold): nobody sends that any more.
  if (colon < 1 || !TOKEN.test(name)) return undefined;
  const value = line.slice(colon + 1).trim();
  return VALUE_FORBIDDEN.test(value) ? undefined : [name.toLowerCase(), value];
}

function staysOpen(minor: string, headers: TransportHeaders): boolean {
  const options = valuesOf(headers, "connection").map((value) => value.toLowerCase());
  if (options.includes("close")) return false;
  return minor === "1" || options.includes("keep-alive");
}

function bodyFraming(
  method: string,
  status: number,
  headers: TransportHeaders,
): Result<BodyFraming, string> {
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) {
    return ok({ kind: "none" });
  }
  const codings = valuesOf(headers, "transfer-encoding");
  const lengths = valuesOf(headers, "content-length");
  if (codings.length > 0) {
    // Both at once is how requests are smuggled: refuse to guess (RFC 9112, section 6.1).
    if (lengths.length > 0) return err("both transfer-encoding and content-length are given");
    const chunked = codings.length === 1 && codings[0]?.toLowerCase() === "chunked";
    return chunked ? ok({ kind: "chunked" }) : err("the transfer-encoding is not chunked");
  }
  return lengthFraming(lengths);
}

function lengthFraming(lengths: readonly string[]): Result<BodyFraming, string> {
  const [length] = lengths;
  if (length === undefined) return ok({ kind: "until-close" });
  if (!lengths.every((other) => other === length) || !/^\d{1,15}$/.test(length)) {
    return err("the content-length is ambiguous");
  }
  return ok({ kind: "length", length: Number(length) });
}

/** All values of a header, comma lists taken apart. */
function valuesOf(headers: TransportHeaders, name: string): string[] {
  const values: string[] = [];
  for (const [candidate, value] of headers) {
    if (candidate !== name) continue;
    if (!value.includes(",")) values.push(value);
    else values.push(...value.split(",").map((part) => part.trim()));
  }
  return values;
}
