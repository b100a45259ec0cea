// Fetches a document from the public internet on a client's word, and from nowhere else: every address that a name
// resolves to is looked at before a connection is made to just that address, at every redirect anew, so that neither a
// name that points inside, nor one that changes its mind, nor a redirect leads to a private host (SSRF).
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { isPublicAddress } from "../lib/ip.ts";
import { err, ok, type Result } from "../lib/result.ts";
import { ms } from "../lib/time.ts";
import { createSocketTransport } from "./sockets.ts";
import type { Exchange, Origin, Transport } from "./transport.ts";

/** What to fetch. */
export type PublicRequest = {
  readonly url: string;
  /** Largest body, in bytes. */
  readonly maxBytes: number;
  /** Whether a content type (without parameters, in lower case; "" if none was told) is wanted. */
  readonly wants: (type: string) => boolean;
  readonly signal: AbortSignal;
};

/** What came. */
export type PublicDocument = {
  readonly bytes: Uint8Array;
  /** Content type without parameters, in lower case; "" if none was told. */
  readonly type: string;
};

/** Fetches; fails with the reason in words that are fit for the client. */
export type PublicFetch = (request: PublicRequest) => Promise<Result<PublicDocument, string>>;

/** The world outside; tests bring their own. */
export type PublicWorld = {
  /** All addresses of a name. Rejects if there are none. */
  readonly resolve: (name: string) => Promise<readonly string[]>;
  readonly isAllowed: (address: string, port: number) => boolean;
  readonly ca?: string;
};

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const CONNECT_MS = ms(5000);
const ANSWER_MS = ms(10_000);
const MAX_HEAD = 32 * 1024;

const PUBLIC_WORLD: PublicWorld = {
  resolve: async (name) => (await lookup(name, { all: true })).map(({ address }) => address),
  // Other ports are where internal services listen.
  isAllowed: (address, port) => (port === 80 || port === 443) && isPublicAddress(address),
};

/** Makes the function. */
export function createPublicFetch(world: PublicWorld = PUBLIC_WORLD): PublicFetch {
  return async (request) => {
    // Kept connections would be an address that was not looked at again.
    const transport = createSocketTransport({
      maxIdle: 0,
      ...(world.ca === undefined ? {} : { ca: world.ca }),
    });
    try {
      return await follow(world, transport, request);
    } finally {
      transport.close();
    }
  };
}

async function follow(
  world: PublicWorld,
  transport: Transport,
  request: PublicRequest,
): Promise<Result<PublicDocument, string>> {
  let url = parseUrl(request.url);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    if (!url.ok) return url;
    const exchange = await get(world, transport, { url: url.value, signal: request.signal });
    if (!exchange.ok) return exchange;
    const location = header(exchange.value, "location");
    if (!REDIRECTS.has(exchange.value.status) || location === undefined)
      return read(exchange.value, request);
    exchange.value.body.cancel();
    const next = parseUrl(location, url.value);
    // A document that was asked for in private is not taken from an open line.
    const opened = next.ok && url.value.protocol === "https:" && next.value.protocol === "http:";
    url = opened ? err("it redirects from https to http") : next;
  }
  return err(`it redirects more than ${MAX_REDIRECTS} times`);
}

function parseUrl(text: string, base?: URL): Result<URL, string> {
  const url = URL.parse(text, base?.href);
  if (url === null) return err("it is not a URL");
  if (url.protocol !== "http:" && url.protocol !== "https:")
    return err("only http and https addresses are fetched");
  return url.username === "" && url.password === ""
    ? ok(url)
    : err("addresses with a user name or password are not fetched");
}

async function get(
  world: PublicWorld,
  transport: Transport,
  { url, signal }: { readonly url: URL; readonly signal: AbortSignal },
): Promise<Result<Exchange, string>> {
  const secure = url.protocol === "https:";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port) || (secure ? 443 : 80);
  const addresses = await addressesOf(world, host);
  if (!addresses.ok) return addresses;
  const [address] = addresses.value;
  // One bad answer among good ones is how a name is made to lead inside.
  if (address === undefined || !addresses.value.every((each) => world.isAllowed(each, port)))
    return err("its address is not a public one");
  const origin: Origin = { secure, host, port, address };
  const sent = await transport.send(
    {
      method: "GET",
      origin,
      target: url.pathname + url.search,
      headers: [
        ["accept", "*/*"],
        ["accept-encoding", "identity"],
        ["user-agent", "recloser"],
      ],
      body: undefined,
      replayable: true,
    },
    { connect: CONNECT_MS, firstByte: ANSWER_MS, idle: ANSWER_MS, maxHeadBytes: MAX_HEAD },
    signal,
  );
  return sent.ok ? sent : err(sent.error.message);
}

async function addressesOf(
  world: PublicWorld,
  host: string,
): Promise<Result<readonly string[], string>> {
  if (isIP(host) !== 0) return ok([host]);
  try {
    return ok(await world.resolve(host));
  } catch {
    return err("its host name does not resolve");
  }
}

async function read(
  exchange: Exchange,
  { maxBytes, wants }: PublicRequest,
): Promise<Result<PublicDocument, string>> {
  const { status, body } = exchange;
  const refuse = (reason: string): Result<never, string> => {
    body.cancel();
    return err(reason);
  };
  if (status !== 200) return refuse(`it answered with status ${status}`);
  const type =
    (header(exchange, "content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (!wants(type)) return refuse(`its content type ${JSON.stringify(type)} is not wanted there`);
  const length = Number(header(exchange, "content-length") ?? 0);
  if (length > maxBytes) return refuse(`it is larger than ${maxBytes} bytes`);
  const whole = await body.readAll(maxBytes);
  if (!whole.ok) return err(whole.error.message);
  return whole.value.complete
    ? ok({ bytes: whole.value.bytes, type })
    : refuse(`it is larger than ${maxBytes} bytes`);
}

function header(exchange: Exchange, name: string): string | undefined {
  return exchange.headers.find(([candidate]) => candidate === name)?.[1];
}
