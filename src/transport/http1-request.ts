// The head of an HTTP/1.1 request as text in which each character is one byte (RFC 9112 section 3). Pure.
import type { Origin, OutgoingRequest } from "./transport.ts";

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 5.5: visible characters, space, tab and obs-text; nothing that ends a line or does not fit into a byte. */
const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
/** RFC 3986: a target on the wire is visible ASCII. */
const TARGET = /^[\x21-\x7e]+$/;
const HOST = /^[A-Za-z0-9.\-_~%:]+$/;
const FRAMING = /^(?:host|content-length|connection|transfer-encoding)$/i;
/** Methods whose meaning expects content, so that its absence is said (RFC 9110 8.6). */
const EXPECTS_CONTENT = /^(?:POST|PUT|PATCH)$/;

/**
 * The value of `host`: brackets around an IPv6 address, no port where it is the scheme's own.
 * Throws if the host cannot stand in a head.
 */
export function hostField(origin: Origin): string {
  if (!HOST.test(origin.host)) throw new Error("the host of an origin holds a forbidden character");
  const name = origin.host.includes(":") ? `[${origin.host}]` : origin.host;
  return origin.port === (origin.secure ? 443 : 80) ? name : `${name}:${origin.port}`;
}

/**
 * Writes the head, up to and including the empty line. Throws if a part holds a character that would change the
 * message's structure, or if a header is given that belongs to the transport: both are bugs of the caller.
 */
export function requestHead(request: OutgoingRequest, host: string): string {
  checkRequest(request);
  const { method, target, headers, body } = request;
  let head = `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n`;
  for (const [name, value] of headers) head += `${name}: ${value}\r\n`;
  if (body !== undefined) return `${head}Content-Length: ${body.byteLength}\r\n\r\n`;
  return EXPECTS_CONTENT.test(method) ? `${head}Content-Length: 0\r\n\r\n` : `${head}\r\n`;
}

/** Throws as `requestHead` does, for an implementation that leaves the writing to others. */
export function checkRequest({ method, target, headers }: OutgoingRequest): void {
  if (!TOKEN.test(method)) throw new Error("the method of a request holds forbidden characters");
  if (!TARGET.test(target)) throw new Error("the target of a request holds forbidden characters");
  for (const [name, value] of headers) {
    if (!TOKEN.test(name)) throw new Error("the name of a header holds forbidden characters");
    if (FRAMING.test(name)) throw new Error(`the header ${name} belongs to the transport`);
    if (NOT_IN_VALUE.test(value)) {
      throw new Error(`the value of header ${name} holds forbidden characters`);
    }
  }
}
