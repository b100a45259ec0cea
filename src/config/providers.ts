// One provider: what the file says of it on top of what the catalogue knows.
import { nearest } from "../lib/nearest.ts";
import { secret } from "../lib/secret.ts";
import type { Profile } from "../protocols/protocol.ts";
import { catalogue, type CatalogueEntry } from "./catalogue.ts";
import type { AuthStyle, KeyConfig, ProviderConfig } from "./config.ts";
import { resolveSecret, type Resolving, type SecretShape } from "./resolving.ts";
import type { Shape } from "./shape.ts";

type ProviderShape = NonNullable<Shape["providers"][string]>;

/** Values that a template's `{name}` can take. */
const VARIABLES = ["region", "project", "location", "resource", "account", "api_version"] as const;
type Variable = (typeof VARIABLES)[number];

const DEFAULT_REGION = "us-east-1";

/** Resolves a provider; `undefined` after a report. */
export function resolveProvider(
  name: string,
  given: ProviderShape,
  context: Resolving,
): ProviderConfig | undefined {
  const known = Object.hasOwn(catalogue(), name) ? catalogue()[name] : undefined;
  const protocol = given.protocol ?? known?.protocol;
  const address = given.base_url ?? known?.base_url;
  if (protocol === undefined || address === undefined) {
    reportUnknown(name, given, context);
    return undefined;
  }
  return assemble(name, given, { protocol, address, known }, context);
}

/** What a provider is before its templates are filled and its secrets read. */
type Outline = {
  readonly protocol: string;
  readonly address: string;
  readonly known: CatalogueEntry | undefined;
};

function assemble(
  name: string,
  given: ProviderShape,
  outline: Outline,
  context: Resolving,
): ProviderConfig | undefined {
  const { protocol, address, known } = outline;
  const region = regionOf(given);
  const fill = filler(name, { ...known?.defaults, ...given, region }, context);
  const baseUrl = parseUrl(fill(address), ["providers", name, "base_url"], context);
  if (baseUrl === undefined) return undefined;
  const ca = caOf(name, given, context);
  const path = pathOf(given, known, fill);
  return {
    name,
    protocol,
    baseUrl,
    ...credentialsOf(name, given, outline, context),
    region,
    ...factsOf(name, known),
    headers: Object.entries(given.headers ?? {}).map(([key, value]) => [key.toLowerCase(), value]),
    adHocModels: given.ad_hoc_models === true,
    transport: given.transport ?? "sockets",
    ...(path === undefined ? {} : { path }),
    ...(ca === undefined ? {} : { ca }),
  };
}

/** What only the catalogue can say. */
function factsOf(
  name: string,
  known: CatalogueEntry | undefined,
): Pick<ProviderConfig, "vendor" | "profile" | "errorMap" | "body"> {
  return {
    vendor: known?.vendor ?? name,
    profile: profileOf(known),
    errorMap: new Map(Object.entries(known?.error_map ?? {})),
    ...(known?.body === undefined ? {} : { body: known.body }),
  };
}

function credentialsOf(
  name: string,
  given: ProviderShape,
  outline: Outline,
  context: Resolving,
): Pick<ProviderConfig, "auth" | "keys"> {
  const { protocol, known } = outline;
  const keys = resolveKeys(name, given, protocol, context);
  const auth = authStyle(protocol, known, keys);
  const needed = auth !== "none" && (known !== undefined || protocol === "bedrock");
  if (!hasKey(given) && needed) reportMissingKey(name, protocol, context);
  return { keys, auth: keys.length === 0 ? "none" : auth };
}

/** Whether the file gives a key at all; one that cannot be read was reported already. */
function hasKey(given: ProviderShape): boolean {
  const { api_key, api_keys, access_key_id, secret_access_key } = given;
  return [api_key, api_keys, access_key_id, secret_access_key].some((key) => key !== undefined);
}

function reportUnknown(name: string, given: ProviderShape, context: Resolving): void {
  const near = nearest(name, Object.keys(catalogue()));
  const missing = given.protocol === undefined ? "protocol and base_url" : "base_url";
  const guess = near === undefined ? "" : `; did you mean ${near}?`;
  context.report({
    path: ["providers", name],
    atKey: true,
    message: `${name} is not in the catalogue, so it needs ${missing}`,
    hint: `{ protocol: openai, base_url: "http://host:8000/v1" }${guess}`,
  });
}

function reportMissingKey(name: string, protocol: string, context: Resolving): void {
  const variable = `${name.toUpperCase().replaceAll("-", "_")}_API_KEY`;
  const hint =
    protocol === "bedrock"
      ? 'api_key: "${AWS_ACCESS_KEY_ID}:${AWS_SECRET_ACCESS_KEY}", or a Bedrock API key'
      : `api_key: "\${${variable}}"`;
  context.report({ path: ["providers", name], message: "a key is missing", hint });
}

/** Fills `{name}` in templates; reports what is missing once for each template. */
function filler(
  name: string,
  values: Partial<Record<Variable, string | undefined>>,
  context: Resolving,
): (template: string) => string {
  return (template) =>
    template.replace(/\{([a-z_]+)\}/g, (whole, word: string) => {
      const variable = VARIABLES.find((candidate) => candidate === word);
      if (variable === undefined) return whole;
      const value = values[variable];
      if (value !== undefined) return value;
      context.report({
        path: ["providers", name],
        message: `${variable} is missing: the address of ${name} depends on it`,
        hint: `${variable}: …`,
      });
      return variable;
    });
}

function regionOf(given: ProviderShape): string {
  const host = /bedrock-runtime\.([a-z0-9-]+)\./.exec(given.base_url ?? "")?.[1];
  return given.region ?? host ?? DEFAULT_REGION;
}

function parseUrl(text: string, path: readonly PropertyKey[], context: Resolving): URL | undefined {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol) && url.search === "" && url.hash === "")
    return url;
  const message = `expected an address such as https://host/v1, not ${JSON.stringify(text)}`;
  context.report({ path, message });
  return undefined;
}

function resolveKeys(
  name: string,
  given: ProviderShape,
  protocol: string,
  context: Resolving,
): readonly KeyConfig[] {
  const path = ["providers", name];
  const listed: (readonly [SecretShape, readonly PropertyKey[]])[] = [
    ...(given.api_key === undefined ? [] : [[given.api_key, [...path, "api_key"]] as const]),
    ...(given.api_keys ?? []).map((key, index) => [key, [...path, "api_keys", index]] as const),
  ];
  const keys = listed.flatMap(([shape, at]): KeyConfig[] => {
    const token = resolveSecret(shape, at, context);
    if (token === undefined) return [];
    return [protocol === "bedrock" ? awsKey(token) : { kind: "token", token }];
  });
  const pair = awsPair(given, path, context);
  return pair === undefined ? keys : [...keys, pair];
}

/** `ACCESS:SECRET[:SESSION]` is a key pair; anything else is a Bedrock API key. */
function awsKey(token: Extract<KeyConfig, { kind: "token" }>["token"]): KeyConfig {
  const [accessKeyId = "", secretAccessKey, ...session] = token.reveal().split(":");
  if (secretAccessKey === undefined) return { kind: "token", token };
  const sessionToken = session.join(":");
  return {
    kind: "aws",
    accessKeyId: secret(accessKeyId),
    secretAccessKey: secret(secretAccessKey),
    ...(sessionToken === "" ? {} : { sessionToken: secret(sessionToken) }),
  };
}

function awsPair(
  given: ProviderShape,
  path: readonly PropertyKey[],
  context: Resolving,
): KeyConfig | undefined {
  const { access_key_id: id, secret_access_key: key, session_token: session } = given;
  if (id === undefined && key === undefined) return undefined;
  if (id === undefined || key === undefined) {
    const missing = id === undefined ? "access_key_id" : "secret_access_key";
    context.report({ path, message: `${missing} is missing: the two go together` });
    return undefined;
  }
  const accessKeyId = resolveSecret(id, [...path, "access_key_id"], context);
  const secretAccessKey = resolveSecret(key, [...path, "secret_access_key"], context);
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  const sessionToken =
    session === undefined ? undefined : resolveSecret(session, [...path, "session_token"], context);
  return {
    kind: "aws",
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
}

function authStyle(
  protocol: string,
  known: CatalogueEntry | undefined,
  keys: readonly KeyConfig[],
): AuthStyle {
  if (keys.some((key) => key.kind === "aws")) return "sigv4";
  if (known !== undefined && known.auth !== "none" && known.auth !== "sigv4") return known.auth;
  if (known?.auth === "none") return keys.length === 0 ? "none" : "bearer";
  return PROTOCOL_AUTH[protocol] ?? "bearer";
}

/** Where a provider that is not in the catalogue wants its key: where the protocol's own vendor wants it. */
const PROTOCOL_AUTH: Readonly<Record<string, AuthStyle>> = {
  anthropic: "x-api-key",
  gemini: "x-goog-api-key",
};

function caOf(name: string, given: ProviderShape, context: Resolving): string | undefined {
  if (given.ca_file === undefined) return undefined;
  const read = context.readFile(given.ca_file);
  if ("text" in read) return read.text;
  context.report({ path: ["providers", name, "ca_file"], message: read.error });
  return undefined;
}

function pathOf(
  given: ProviderShape,
  known: CatalogueEntry | undefined,
  fill: (template: string) => string,
): ProviderConfig["path"] {
  // A base URL of one's own (a proxy, a mock) still has the vendor's paths behind it.
  const template = given.path ?? known?.path;
  if (template === undefined) return undefined;
  const streamed = given.path ?? known?.stream_path ?? template;
  return { buffered: fill(template), streamed: fill(streamed) };
}

function profileOf(known: CatalogueEntry | undefined): Profile {
  const given = known?.profile ?? {};
  return {
    ...(given.max_tokens_field === undefined ? {} : { maxTokensField: given.max_tokens_field }),
    ...(given.stream_options === undefined ? {} : { streamOptions: given.stream_options }),
    ...(given.developer_role === undefined ? {} : { developerRole: given.developer_role }),
    ...(given.reasoning_replay === undefined ? {} : { reasoningReplay: given.reasoning_replay }),
  };
}
