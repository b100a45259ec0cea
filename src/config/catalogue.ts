// The built-in providers: `config/providers.yaml`. The bundler turns the file into code, so reading it costs nothing at the
// start; a test proves that it has the shape that is declared here.
import type { FailureClass } from "../ir/failure.ts";
import data from "../../config/providers.yaml";
import type { CapabilitiesEntry } from "./capabilities.ts";
import type { AuthStyle } from "./config.ts";

/** What the catalogue says of a provider. The file's head explains the fields. */
export type CatalogueEntry = {
  readonly protocol: string;
  readonly base_url: string;
  /** Other base URLs for some values of `location`. */
  readonly locations?: Readonly<Record<string, string>>;
  readonly auth?: AuthStyle;
  readonly vendor?: string;
  readonly path?: string;
  readonly stream_path?: string;
  readonly body?: {
    readonly drop: readonly string[];
    readonly add: Readonly<Record<string, string>>;
  };
  readonly defaults?: Readonly<Record<string, string>>;
  readonly profile?: ProfileEntry;
  readonly error_map?: Readonly<Record<string, FailureClass>>;
  /** What all of its models accept or refuse, whatever the table says of them elsewhere. */
  readonly capabilities?: CapabilitiesEntry;
};

/** How a server's dialect of its protocol differs, as files spell it (`Profile` of the protocol contract). */
export type ProfileEntry = {
  readonly max_tokens_field?: "max_tokens" | "max_completion_tokens";
  readonly stream_options?: boolean;
  readonly developer_role?: boolean;
  readonly reasoning_replay?: boolean;
  readonly cache_breakpoints?: boolean;
};

/** All built-in providers by name. */
export const CATALOGUE: Readonly<Record<string, CatalogueEntry>> = data;

/** The entry of that name; `undefined` if there is none. */
export function catalogueEntry(name: string): CatalogueEntry | undefined {
  return Object.hasOwn(CATALOGUE, name) ? CATALOGUE[name] : undefined;
}
