// Puts a provider's credential on an outgoing request: a header, a query parameter, or an AWS signature.
import type { HeaderList } from "../protocols/protocol.ts";
import { signHeaders } from "../wire/sigv4.ts";
import { sha256Hex } from "../wire/sigv4-canonical.ts";
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
  const { accessKeyId, secretAccessKey, sessionToken, region } = credential;
  const mark = request.target.indexOf("?");
  const path = mark < 0 ? request.target : request.target.slice(0, mark);
  const query = mark < 0 ? "" : request.target.slice(mark + 1);
  // Proxies and the transport may touch other headers; only what identifies the request is signed.
  const signed = request.headers.filter(([name]) => name === "content-type");
  const added = signHeaders(
    {
      method: request.method,
      path,
      query,
      headers: [["host", hostHeader(provider)], ...signed],
      hashedPayload: sha256Hex(request.body),
    },
    {
      credentials: {
        accessKeyId,
        secretAccessKey: secretAccessKey.reveal(),
        ...(sessionToken === undefined ? {} : { sessionToken: sessionToken.reveal() }),
      },
      region,
      service: "bedrock",
      now: runtime.wallNow(),
      keys: runtime.signingKeys,
      normalizePath: true,
      signBody: true,
    },
  );
  return [...request.headers, ...added];
}

/** The `host` header that the transport will send: the port only where it is not the scheme's own. */
function hostHeader(provider: Provider): string {
  const { secure, host, port } = provider.origin;
  const name = host.includes(":") ? `[${host}]` : host;
  return port === (secure ? 443 : 80) ? name : `${name}:${port}`;
}
