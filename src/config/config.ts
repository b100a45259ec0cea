// The config after every default, name and secret was resolved: what the runtime is built from; types only.
import type { FailureClass } from "../ir/failure.ts";
import type { Secret } from "../lib/secret.ts";
import type { Milliseconds } from "../lib/time.ts";
import type { Profile } from "../protocols/protocol.ts";
import type { Pool } from "../routing/upstream.ts";

/** A host and a port to listen on. */
export type ListenAddress = { readonly host: string; readonly port: number };

/** Where a provider wants its key. */
export type AuthStyle = "bearer" | "x-api-key" | "api-key" | "x-goog-api-key" | "sigv4" | "none";

/** One key of a provider. */
export type KeyConfig =
  | { readonly kind: "token"; readonly token: Secret<string> }
  | {
      readonly kind: "aws";
      readonly accessKeyId: Secret<string>;
      readonly secretAccessKey: Secret<string>;
      readonly sessionToken?: Secret<string>;
    };

/** A provider with everything that the catalogue or the file says of it. */
export type ProviderConfig = {
  readonly name: string;
  readonly protocol: string;
  readonly baseUrl: URL;
  readonly auth: AuthStyle;
  /** Empty if it needs none. */
  readonly keys: readonly KeyConfig[];
  /** AWS region that signatures name. */
  readonly region: string;
  /** Path template, `{model}` inside, for buffered and for streamed calls; absent: the protocol's own. */
  readonly path?: { readonly buffered: string; readonly streamed: string };
  /** Changes that the vendor's dialect of the protocol needs in every body. */
  readonly body?: {
    readonly drop: readonly string[];
    readonly add: Readonly<Record<string, string>>;
  };
  readonly headers: readonly (readonly [string, string])[];
  readonly vendor: string;
  readonly profile: Profile;
  readonly errorMap: ReadonlyMap<string, FailureClass>;
  readonly adHocModels: boolean;
  /** Certificates to trust instead of the system's, in PEM. */
  readonly ca?: string;
  readonly transport: "sockets" | "fetch";
};

/** A model that can be called by its name. */
export type ModelConfig = {
  readonly name: string;
  readonly provider: string;
  readonly model: string;
  readonly contextWindow?: number;
  readonly maxOutput?: number;
  readonly maxConcurrent?: number;
};

/** The whole config. */
export type Config = {
  readonly listen: ListenAddress;
  readonly auth: {
    readonly mode: "none" | "tokens" | "passthrough";
    readonly tokens: readonly Secret<string>[];
  };
  readonly providers: ReadonlyMap<string, ProviderConfig>;
  readonly models: ReadonlyMap<string, ModelConfig>;
  /** Pools of the file; every model is a pool of its own besides (`poolOfOne`). */
  readonly pools: ReadonlyMap<string, Pool>;
  readonly aliases: Readonly<Record<string, string>>;
  readonly admin?: { readonly listen: ListenAddress; readonly token?: Secret<string> };
  /** Largest request body and largest reply held whole, in bytes. */
  readonly limits: { readonly maxBodyBytes: number; readonly maxReplyBytes: number };
  /** How long open streams may go on after a stop signal. */
  readonly shutdownTimeout: Milliseconds;
};
