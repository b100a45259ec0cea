// Where an outgoing request goes and which headers it carries, before its credential is added.
import type { EgressCall, HeaderList, HeaderReader } from "../protocols/protocol.ts";
import type { Call } from "./call.ts";
import type { Provider } from "./runtime.ts";

/** Parameters that carry a client's credential and are never passed on. */
const CREDENTIAL_PARAMETERS: ReadonlySet<string> = new Set(["key", "access_token"]);

/** Path and query of a call to a provider: the base URL's path, then the vendor's or the protocol's own. */
export function egressTarget(provider: Provider, call: EgressCall): string {
  const { egress } = provider.protocol;
  return provider.basePath + (provider.target?.(call) ?? egress.target(call));
}

/**
 * The same for a call passed through: the client's own query stands instead of the protocol's, so that its framing and
 * options survive; what the provider's address itself demands (an API version) is kept.
 */
export function passthroughTarget(provider: Provider, egress: EgressCall, call: Call): string {
  const replaced = provider.target?.(egress);
  const target = provider.basePath + (replaced ?? provider.protocol.egress.target(egress));
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  const own = replaced === undefined || mark < 0 ? "" : target.slice(mark + 1);
  const query = joinQueries(withoutCredentials(call.query), own);
  return query === "" ? path : `${path}?${query}`;
}

function withoutCredentials(query: string): string {
  if (query === "") return "";
  const kept = query.split("&").filter((pair) => {
    const name = pair.split("=", 1)[0] ?? "";
    return !CREDENTIAL_PARAMETERS.has(name);
  });
  return kept.join("&");
}

function joinQueries(client: string, provider: string): string {
  if (client === "" || provider === "") return client + provider;
  const names = new Set(provider.split("&").map((pair) => pair.split("=", 1)[0]));
  const kept = client.split("&").filter((pair) => !names.has(pair.split("=", 1)[0]));
  return [...kept, provider].join("&");
}

/** Headers of a call passed through: the client's, as far as its protocol's allowlist goes. */
export function passthroughHeaders(provider: Provider, call: Call): HeaderList {
  const headers: [string, string][] = [];
  // The body was found to be JSON, whatever the client called it.
  if (call.body.byteLength > 0) headers.push(["content-type", "application/json"]);
  for (const name of ["accept", ...call.protocol.ingress.forwardedHeaders]) {
    const value = call.header(name);
    if (value !== undefined) headers.push([name, value]);
  }
  return withDefaults(headers, [
    ...provider.headers,
    ...provider.protocol.egress.headers,
    IDENTITY,
  ]);
}

/** Path and query of a path that is passed on as it is. */
export function rawTarget(provider: Provider, appended: string, query: string): string {
  const kept = withoutCredentials(query);
  return provider.basePath + appended + (kept === "" ? "" : `?${kept}`);
}

/** Headers of such a call: any body may go with it, and a part of a reply may be asked for. */
export function rawHeaders(provider: Provider, header: HeaderReader): HeaderList {
  const { ingress, egress } = provider.protocol;
  const headers = ["content-type", "accept", "range", ...ingress.forwardedHeaders].flatMap(
    (name): [string, string][] => {
      const value = header(name);
      return value === undefined ? [] : [[name, value]];
    },
  );
  return withDefaults(headers, [...provider.headers, ...egress.headers, IDENTITY]);
}

/** Headers of a translated call: what the protocol demands and what every upstream understands. */
export function translatedHeaders(provider: Provider, call: Call): HeaderList {
  const accept = call.stream ? STREAM_TYPES[provider.protocol.framing] : "application/json";
  const headers: [string, string][] = [
    ["content-type", "application/json"],
    ["accept", accept],
  ];
  const trace = call.header("traceparent");
  if (trace !== undefined) headers.push(["traceparent", trace]);
  return withDefaults(headers, [
    ...provider.headers,
    ...provider.protocol.egress.headers,
    IDENTITY,
  ]);
}

const STREAM_TYPES = {
  sse: "text/event-stream",
  eventstream: "application/vnd.amazon.eventstream",
  "json-array": "application/json",
} as const;

/** Compression would hide usage and errors from the tap, and every read of a stream behind a buffer. */
const IDENTITY: readonly [string, string] = ["accept-encoding", "identity"];

function withDefaults(
  headers: readonly (readonly [string, string])[],
  extra: HeaderList,
): HeaderList {
  const present = new Set(headers.map(([name]) => name));
  return [...headers, ...extra.filter(([name]) => !present.has(name))];
}

/** The reply headers that go back to a client of the same protocol. */
export function returnedHeaders(provider: Provider, headers: HeaderList): HeaderList {
  const { returnedHeaders: allowed } = provider.protocol.egress;
  return headers.filter(([name]) => ALWAYS_RETURNED.has(name) || isAllowed(name, allowed));
}

const ALWAYS_RETURNED: ReadonlySet<string> = new Set([
  "content-type",
  "content-encoding",
  "content-language",
  "retry-after",
]);

function isAllowed(name: string, allowed: readonly string[]): boolean {
  return allowed.some((entry) =>
    entry.endsWith("*") ? name.startsWith(entry.slice(0, -1)) : name === entry,
  );
}
