// Against AWS's own signer, which comes with the Bedrock SDK: the same requests must get the same signatures.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { utf8 } from "../../src/lib/bytes.ts";
import { sha256Hex } from "../../src/wire/sigv4-canonical.ts";
import { createSigningKeyCache, signHeaders, type SigningOptions } from "../../src/wire/sigv4.ts";
import { verifySignature } from "../../src/wire/sigv4-verify.ts";

/** The part of the signer that is used here; it is a dependency of a dependency, so its types are not at hand. */
type SdkRequest = {
  method: string;
  protocol: string;
  hostname: string;
  path: string;
  query: Record<string, string | string[]>;
  headers: Record<string, string>;
  body: Uint8Array;
};
type SdkSigner = {
  sign(request: SdkRequest, options: { signingDate: Date }): Promise<SdkRequest>;
  presign(
    request: SdkRequest,
    options: { signingDate: Date; expiresIn: number },
  ): Promise<SdkRequest>;
};
type SdkModule = { SignatureV4: new (init: object) => SdkSigner };

const client = Bun.resolveSync("@aws-sdk/client-bedrock-runtime", import.meta.dir);
const location = Bun.resolveSync("@smithy/signature-v4", client);
const { SignatureV4 }: SdkModule = await import(location);

class Sha256 {
  private readonly hash: Hash | Hmac;
  constructor(secret?: string | Uint8Array) {
    this.hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret);
  }
  update(data: string | Uint8Array): void {
    this.hash.update(data);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }
}

const NOW = Date.UTC(2026, 10, 23, 9, 5, 7);

/** A request as drawn: path segments and query pairs still decoded. */
type Drawn = {
  readonly method: string;
  readonly segments: readonly string[];
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly token: string | undefined;
};

const text = fc.string({ unit: "grapheme", maxLength: 12 }).filter((drawn) => drawn.isWellFormed());
const drawn: fc.Arbitrary<Drawn> = fc.record({
  method: fc.constantFrom("GET", "POST"),
  segments: fc.array(
    fc.oneof(
      text,
      fc.constantFrom(
        "",
        ".",
        "..",
        "a b",
        "anthropic.claude-v1:0",
        "arn:aws:bedrock:us-east-1:1:inference-profile/x",
      ),
    ),
    { maxLength: 4 },
  ),
  // The SDK collects pairs in a plain object, where this one name is lost.
  query: fc.uniqueArray(
    fc.tuple(
      text.filter((name) => name !== "__proto__"),
      text,
    ),
    {
      selector: ([name, value]) => `${name}=${value}`,
      maxLength: 4,
    },
  ),
  headers: fc
    .dictionary(
      fc.stringMatching(/^x-[a-z]{1,6}$/),
      fc.stringMatching(/^[ !-~]([ -~]{0,12}[!-~])?$/),
      { maxKeys: 3 },
    )
    .map((headers) => ({ host: "bedrock-runtime.us-east-1.amazonaws.com", ...headers })),
  body: fc.string(),
  token: fc.option(fc.stringMatching(/^[A-Za-z0-9+/=]{1,30}$/), { nil: undefined }),
});

function prepare(given: Drawn) {
  const credentials = {
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "secret/+=",
    ...(given.token === undefined ? {} : { sessionToken: given.token }),
  };
  const signer = new SignatureV4({
    credentials,
    region: "us-east-1",
    service: "bedrock",
    sha256: Sha256,
  });
  const path = `/${given.segments.map(encodeURIComponent).join("/")}`;
  const bag = Object.fromEntries(
    Map.groupBy(given.query, ([name]) => name)
      .entries()
      .map(([name, pairs]) => [name, pairs.map(([, value]) => value)]),
  );
  const request: SdkRequest = {
    method: given.method,
    protocol: "https:",
    hostname: given.headers["host"] ?? "",
    path,
    query: bag,
    headers: { ...given.headers },
    body: utf8(given.body),
  };
  const options: SigningOptions = {
    credentials,
    region: "us-east-1",
    service: "bedrock",
    now: NOW,
    keys: createSigningKeyCache(),
    normalizePath: true,
    signBody: true,
  };
  return { signer, request, options };
}

/** The query as the SDK's HTTP handler writes it. */
function wireQuery(bag: SdkRequest["query"]): string {
  return Object.entries(bag)
    .flatMap(([name, values]) => [values].flat().map((value) => [name, value] as const))
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join("&");
}

test("any request gets the signature that the SDK gives it, and verifies", async () => {
  const property = fc.asyncProperty(drawn, async (given) => {
    const { signer, request, options } = prepare(given);
    const signed = await signer.sign(request, { signingDate: new Date(NOW) });
    const unsigned = {
      method: request.method,
      path: request.path,
      query: wireQuery(request.query),
      headers: Object.entries(request.headers),
    };
    const added = signHeaders({ ...unsigned, hashedPayload: sha256Hex(request.body) }, options);
    const authorization = new Map(added).get("authorization");
    expect(authorization).toBe(signed.headers["authorization"]);
    const arrived = { ...unsigned, headers: Object.entries(signed.headers), body: request.body };
    expect(verifySignature(arrived, { ...options, secretsOf: () => ["secret/+="] })).toEqual({
      ok: true,
      value: { accessKeyId: "AKIDEXAMPLE" },
    });
  });
  await fc.assert(property, { numRuns: 300 });
});

test("any URL that the SDK presigns verifies, and none with another query does", async () => {
  const property = fc.asyncProperty(drawn, async (given) => {
    const { signer, request, options } = prepare(given);
    const presigned = await signer.presign(request, {
      signingDate: new Date(NOW),
      expiresIn: 60,
    });
    const arrived = {
      method: presigned.method,
      path: presigned.path,
      query: wireQuery(presigned.query),
      headers: Object.entries(presigned.headers),
      body: request.body,
    };
    const verifier = { ...options, secretsOf: () => ["secret/+="] };
    expect(verifySignature(arrived, verifier).ok).toBe(true);
    expect(verifySignature({ ...arrived, query: `${arrived.query}&z=1` }, verifier).ok).toBe(false);
  });
  await fc.assert(property, { numRuns: 100 });
});
