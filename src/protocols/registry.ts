// Every protocol by its name, and which of them a request speaks. The only file that lists them.
import { anthropic } from "./anthropic/index.ts";
import { bedrock } from "./bedrock/index.ts";
import { cohere } from "./cohere/index.ts";
import { gemini } from "./gemini/index.ts";
import { openai } from "./openai/index.ts";
import { decodeSegment } from "./kit/paths.ts";
import type { HeaderReader, Protocol, RouteMatch } from "./protocol.ts";
import { responses } from "./responses/index.ts";

/** The protocols; a new one is one folder and one line here. */
export const PROTOCOLS = {
  openai,
  responses,
  anthropic,
  gemini,
  bedrock,
  cohere,
} as const satisfies Readonly<Record<string, Protocol>>;

/** Name of a protocol. */
export type ProtocolName = keyof typeof PROTOCOLS;

/** All names, in the order of the documentation. */
export const PROTOCOL_NAMES: readonly ProtocolName[] = [
  "openai",
  "responses",
  "anthropic",
  "gemini",
  "bedrock",
  "cohere",
];

/** Whether a text is the name of a protocol. */
export function isProtocolName(text: string): text is ProtocolName {
  return Object.hasOwn(PROTOCOLS, text);
}

/** The protocol of a name that the config has checked. Throws for any other. */
export function protocolNamed(name: string): Protocol {
  if (!isProtocolName(name)) throw new Error(`no protocol is called ${name}`);
  return PROTOCOLS[name];
}

/** A request as far as finding its protocol looks at it. */
export type Arriving = {
  readonly method: string;
  /** Path as it came, still percent-encoded, without the query. */
  readonly path: string;
  readonly header: HeaderReader;
  readonly query: URLSearchParams;
  /** Whether a name can be called: then it may stand in front of the path. */
  readonly isTarget: (name: string) => boolean;
};

/** Which protocol a request speaks and what it asks for. */
export type Detected =
  | {
      readonly kind: "match";
      readonly protocol: Protocol;
      readonly route: RouteMatch;
      /** Name in front of the path; it wins over the body. */
      readonly target?: string;
    }
  /** `protocol`: the dialect in which to say so. */
  | { readonly kind: "unknown-route"; readonly protocol: Protocol }
  | { readonly kind: "method-not-allowed"; readonly protocol: Protocol; readonly allow: string };

/** Finds the protocol: the path decides, headers only break ties on shared paths (translation.md 0.3). */
export function detect(arriving: Arriving): Detected {
  const { path } = arriving;
  const direct = matchAll(path, arriving);
  if (direct !== undefined) return withMethod(direct, arriving.method, undefined);
  const slash = path.indexOf("/", 1);
  const first = decodeSegment(path.slice(1, slash < 0 ? undefined : slash));
  const rest = slash < 0 ? "" : path.slice(slash);
  if (first !== undefined && isProtocolName(first)) return detectMounted(first, rest, arriving);
  const target = longestTarget(path, arriving.isTarget);
  const prefixed = target === undefined ? undefined : matchAll(target.rest, arriving);
  if (target !== undefined && prefixed !== undefined) {
    return withMethod(prefixed, arriving.method, target.name);
  }
  return { kind: "unknown-route", protocol: guess(arriving) };
}

/** A path that is none of the operations: whose it would be, and the path below that protocol's mount. */
export function rawRoute(arriving: Arriving): {
  readonly protocol: Protocol;
  readonly path: string;
} {
  const { path } = arriving;
  const slash = path.indexOf("/", 1);
  const first = path.slice(1, slash < 0 ? undefined : slash);
  if (slash < 0 || !isProtocolName(first)) return { protocol: guess(arriving), path };
  return { protocol: PROTOCOLS[first], path: path.slice(slash) };
}

/** The protocol whose kept conversations a path is about; `undefined`: of none. */
export function stateOwner(path: string): Protocol | undefined {
  return PROTOCOL_NAMES.map((name): Protocol => PROTOCOLS[name]).find(
    ({ state }) => state?.owns(path) === true,
  );
}

type Matched = { readonly protocol: Protocol; readonly route: RouteMatch };

/** `/{protocol}/…`: unambiguous; a target may still stand between mount and path. */
function detectMounted(name: ProtocolName, rest: string, arriving: Arriving): Detected {
  const protocol = PROTOCOLS[name];
  const route = protocol.ingress.match(rest);
  if (route !== undefined) return withMethod({ protocol, route }, arriving.method, undefined);
  const target = longestTarget(rest, arriving.isTarget);
  const inner = target === undefined ? undefined : protocol.ingress.match(target.rest);
  return target === undefined || inner === undefined
    ? { kind: "unknown-route", protocol }
    : withMethod({ protocol, route: inner }, arriving.method, target.name);
}

/** A name in front of a path; names may hold slashes, encoded or not, so the longest one counts. */
function longestTarget(
  path: string,
  isTarget: (name: string) => boolean,
): { readonly name: string; readonly rest: string } | undefined {
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
    const name = decodeSegment(path.slice(1, end));
    if (name !== undefined && isTarget(name)) return { name, rest: path.slice(end) };
  }
  return undefined;
}

/** Paths of nearly all calls, matched once. None of them is shared between protocols. */
const COMMON: ReadonlyMap<string, Matched> = new Map(
  [
    "/v1/chat/completions",
    "/v1/responses",
    "/v1/messages",
    "/v1/messages/count_tokens",
    "/v2/chat",
  ].flatMap((path) => matches(path).map((matched): [string, Matched] => [path, matched])),
);

function matchAll(path: string, arriving: Arriving): Matched | undefined {
  const common = COMMON.get(path);
  if (common !== undefined) return common;
  const found = matches(path);
  // `/v1/models/x:generateContent` is a call to one dialect and the name of a model to the others: the method tells.
  const fitting = found.filter(({ route }) => route.method === arriving.method);
  const candidates = fitting.length === 0 ? found : fitting;
  if (candidates.length < 2) return candidates[0];
  const reader = modelListReader(arriving);
  return candidates.find(({ protocol }) => protocol === reader) ?? candidates[0];
}

function matches(path: string): readonly Matched[] {
  return PROTOCOL_NAMES.flatMap((name) => {
    const protocol: Protocol = PROTOCOLS[name];
    const route = protocol.ingress.match(path);
    return route === undefined ? [] : [{ protocol, route }];
  });
}

/** Four dialects ask for `/v1/models`; only headers tell which. */
function modelListReader({ header, query }: Arriving): Protocol {
  if (header("anthropic-version") !== undefined) return anthropic;
  if (header("x-goog-api-key") !== undefined || query.has("key")) return gemini;
  return isCohere(header) ? cohere : openai;
}

function isCohere(header: HeaderReader): boolean {
  return header("x-client-name") !== undefined || /cohere/i.test(header("user-agent") ?? "");
}

function withMethod(matched: Matched, method: string, target: string | undefined): Detected {
  const { protocol, route } = matched;
  if (method !== route.method) return { kind: "method-not-allowed", protocol, allow: route.method };
  return { kind: "match", ...matched, ...(target === undefined ? {} : { target }) };
}

/** Whose envelope an unknown path gets. */
function guess({ path, header, query }: Arriving): Protocol {
  if (header("authorization")?.startsWith("AWS4-HMAC-SHA256") === true) return bedrock;
  if (/\/model\/[^/]+\/[a-z-]+$/.test(path)) return bedrock;
  if (header("anthropic-version") !== undefined || path.includes("/v1/messages")) return anthropic;
  if (header("x-goog-api-key") !== undefined || query.has("key") || path.includes("/v1beta"))
    return gemini;
  if (/\/v2\/|\/v1\/(?:de)?tokenize$/.test(path) || isCohere(header)) return cohere;
  return path.includes("/responses") ? responses : openai;
}
