// One provider: what the file says of it on top of what the catalogue knows.
import { secret, type Secret } from "../lib/secret.ts";
import { nearest } from "../lib/nearest.ts";
import type { Profile } from "../protocols/protocol.ts";
import { resolveAddress, type Entry, type ProviderShape } from "./address.ts";
import { CATALOGUE, catalogueEntry, type CatalogueEntry, type ProfileEntry } from "./catalogue.ts";
import { toCapabilities } from "./capabilities.ts";
import type { AuthStyle, Config, KeyConfig, ProviderConfig } from "./config.ts";
import { givesKey, resolveKeys } from "./credentials.ts";
import type { Path } from "./problem.ts";
import { suggestion, type Resolving } from "./resolving.ts";

/** What resolving a provider needs besides. */
export type ResolvingProvider = Resolving & {
  /** With `passthrough` clients bring the keys, and a provider needs none of its own. */
  readonly authMode: Config["auth"]["mode"];
};

/** Resolves a provider; `undefined` after a report. */
export function resolveProvider(
  name: string,
  given: ProviderShape,
  context: ResolvingProvider,
): ProviderConfig | undefined {
  const path = ["providers", name];
  const known = knownEntry(name, given, context);
  const protocol = given.protocol ?? known?.protocol;
  const template = given.base_url ?? known?.base_url;
  if (protocol === undefined || template === undefined) {
    if (known === undefined && given.catalogue === undefined) reportUnknown(name, given, context);
    return undefined;
  }
  const entry = { name, path, given, known, signs: signs(protocol) };
  const address = resolveAddress(entry, template, context);
  const credentials = credentialsOf(entry, protocol, context);
  const headers = headersOf(given, path, context);
  const ca = caOf(given, path, context);
  if (address === undefined) return undefined;
  return {
    name,
    protocol,
    ...address,
    ...credentials,
    ...factsOf(entry),
    headers,
    ...switchesOf(given),
    ...(ca === undefined ? {} : { ca }),
  };
}

function switchesOf(
  given: ProviderShape,
): Pick<ProviderConfig, "adHocModels" | "fetchMedia" | "keyStrategy" | "transport"> {
  return {
    adHocModels: given.ad_hoc_models === true,
    fetchMedia: given.fetch_media === true,
    keyStrategy: given.key_strategy ?? "round_robin",
    transport: given.transport ?? "sockets",
  };
}

/** Protocols whose own vendor wants the key elsewhere than in `Authorization: Bearer`. */
const PROTOCOL_AUTH: Readonly<Record<string, AuthStyle>> = {
  anthropic: "x-api-key",
  gemini: "x-goog-api-key",
  bedrock: "sigv4",
};

function signs(protocol: string): boolean {
  return PROTOCOL_AUTH[protocol] === "sigv4";
}

/** What only the catalogue can know, and the file's corrections of it. */
function factsOf({
  name,
  given,
  known,
}: Entry): Pick<ProviderConfig, "vendor" | "profile" | "errorMap" | "capabilities" | "body"> {
  return {
    vendor: given.vendor ?? known?.vendor ?? given.catalogue ?? name,
    profile: profileOf({ ...COMMON_PROFILE, ...known?.profile, ...given.profile }),
    errorMap: new Map(Object.entries({ ...known?.error_map, ...given.error_map })),
    capabilities: toCapabilities({ ...known?.capabilities, ...given.capabilities }),
    ...(known?.body === undefined ? {} : { body: known.body }),
  };
}

/** What servers of another vendor's protocol understand unless somebody says otherwise: its older spellings. */
const COMMON_PROFILE: ProfileEntry = { max_tokens_field: "max_tokens", developer_role: false };

function profileOf(given: ProfileEntry): Profile {
  return {
    ...(given.max_tokens_field === undefined ? {} : { maxTokensField: given.max_tokens_field }),
    ...(given.stream_options === undefined ? {} : { streamOptions: given.stream_options }),
    ...(given.developer_role === undefined ? {} : { developerRole: given.developer_role }),
    ...(given.reasoning_replay === undefined ? {} : { reasoningReplay: given.reasoning_replay }),
    ...(given.cache_breakpoints === undefined ? {} : { cacheBreakpoints: given.cache_breakpoints }),
  };
}

function credentialsOf(
  entry: Entry,
  protocol: string,
  context: ResolvingProvider,
): Pick<ProviderConfig, "auth" | "keys"> {
  const { given, known, path } = entry;
  const keys = resolveKeys(given, path, entry.signs, context);
  const auth = given.auth ?? authStyle(protocol, known, keys);
  if (given.auth === "sigv4" && !entry.signs) {
    const message = "only providers of the protocol bedrock sign with AWS keys";
    context.report({ path: [...path, "auth"], message, hint: "bearer, or remove it" });
  }
  // A server of one's own may well need none; a vendor does.
  const isNeeded =
    auth !== "none" && (known !== undefined || entry.signs || given.auth !== undefined);
  if (isNeeded && !givesKey(given) && context.authMode !== "passthrough") {
    reportMissingKey(entry, context);
  }
  return { keys, auth };
}

function authStyle(
  protocol: string,
  known: CatalogueEntry | undefined,
  keys: readonly KeyConfig[],
): AuthStyle {
  if (keys.some((key) => key.kind === "aws")) return "sigv4";
  const usual = known === undefined ? PROTOCOL_AUTH[protocol] : known.auth;
  // A server that asks for no key may have been started with one; a Bedrock API key is not signed with.
  const takesBearer = usual === undefined || usual === "none" || usual === "sigv4";
  if (keys.length > 0 && takesBearer) return "bearer";
  return usual ?? "bearer";
}

/** The entry that the file names, else the one of the same name; `undefined` if there is none. */
function knownEntry(
  name: string,
  { catalogue: wanted }: ProviderShape,
  context: Resolving,
): CatalogueEntry | undefined {
  const known = catalogueEntry(wanted ?? name);
  if (wanted !== undefined && known === undefined) {
    const path = ["providers", name, "catalogue"];
    const message = `there is no ${context.show(path, wanted)} in the catalogue`;
    context.report({ path, message, hint: suggestion(wanted, Object.keys(CATALOGUE), "it has") });
  }
  return known;
}

function reportUnknown(name: string, given: ProviderShape, context: Resolving): void {
  const { protocol, base_url: address } = given;
  const missing =
    protocol === undefined && address === undefined
      ? "protocol and base_url"
      : protocol === undefined
        ? "protocol"
        : "base_url";
  const near = nearest(name, Object.keys(CATALOGUE));
  const example = [
    ...(protocol === undefined ? ["protocol: openai"] : []),
    ...(address === undefined ? ["base_url: http://host:8000/v1"] : []),
  ].join(", ");
  context.report({
    path: ["providers", name],
    atKey: true,
    message: `${name} is not in the catalogue, so it needs ${missing}`,
    hint: near === undefined ? example : `did you mean ${near}? Otherwise add ${example}`,
  });
}

function reportMissingKey({ name, path, signs: isAws }: Entry, context: Resolving): void {
  const variable = `${name.toUpperCase().replace(/[^A-Z0-9]+/g, "_")}_API_KEY`;
  const hint = isAws
    ? 'api_key: "${AWS_ACCESS_KEY_ID}:${AWS_SECRET_ACCESS_KEY}", or a Bedrock API key'
    : `api_key: "\${${variable}}"`;
  context.report({ path, atKey: true, message: "a key is missing", hint });
}

/** Headers that the gateway or the transport writes itself. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "content-type",
  "accept-encoding",
  "host",
  "transfer-encoding",
]);

function headersOf(
  given: ProviderShape,
  path: Path,
  context: Resolving,
): readonly (readonly [string, Secret<string>])[] {
  return Object.entries(given.headers ?? {}).map(([name, value]) => {
    const at = [...path, "headers", name];
    if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) {
      context.report({ path: at, atKey: true, message: "expected the name of a header" });
    } else if (OWN_HEADERS.has(name.toLowerCase())) {
      const message = "the gateway writes this header itself";
      context.report({ path: at, atKey: true, message, hint: "remove it" });
    }
    if (!/^[ -~]*$/.test(value)) {
      const message = "a header has no line breaks and nothing that is not ASCII";
      context.report({ path: at, message });
    }
    return [name.toLowerCase(), secret(value)] as const;
  });
}

function caOf(given: ProviderShape, path: Path, context: Resolving): string | undefined {
  if (given.ca_file === undefined) return undefined;
  const at = [...path, "ca_file"];
  const read = context.readFile(given.ca_file);
  if (!read.ok) {
    context.report({ path: at, message: read.error });
    return undefined;
  }
  if (read.value.includes("-----BEGIN CERTIFICATE-----")) return read.value;
  const message = "the file has no certificate in PEM form";
  context.report({ path: at, message, hint: "it begins with -----BEGIN CERTIFICATE-----" });
  return undefined;
}
