import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { concat } from "../../src/lib/bytes.ts";
import {
  canonicalQueryString,
  canonicalRequest,
  canonicalUri,
  sha256Hex,
} from "../../src/wire/sigv4-canonical.ts";
import {
  amzDate,
  createSigningKeyCache,
  credentialScope,
  presignQuery,
  signHeaders,
  stringToSign,
  type SigningOptions,
} from "../../src/wire/sigv4.ts";
import { verifySignature, type SignedRequest } from "../../src/wire/sigv4-verify.ts";
import { shared } from "../support/shared.ts";

const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

// The worked example of the AWS General Reference: 2015-08-30, IAM ListUsers.
const EXAMPLE = {
  method: "GET",
  path: "/",
  query: "Action=ListUsers&Version=2010-05-08",
  headers: [
    ["Content-Type", "application/x-www-form-urlencoded; charset=utf-8"],
    ["Host", "iam.amazonaws.com"],
  ],
} as const;
const OPTIONS: SigningOptions = {
  credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: SECRET },
  region: "us-east-1",
  service: "iam",
  now: Date.UTC(2015, 7, 30, 12, 36, 0),
  keys: createSigningKeyCache(),
  normalizePath: true,
};

test("the worked example of the AWS documentation gets its published signature", () => {
  const added = signHeaders({ ...EXAMPLE, hashedPayload: sha256Hex("") }, OPTIONS);
  expect(Object.fromEntries(added)["authorization"]).toBe(
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, " +
      "SignedHeaders=content-type;host;x-amz-date, " +
      "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
  );
});

describe("verifying", () => {
  const body = new TextEncoder().encode('{"messages":[]}');
  const base = {
    method: "POST",
    path: "/model/arn%3Aaws%3Abedrock/converse",
    query: "",
    headers: [
      ["host", "localhost:8080"],
      ["content-type", "application/json"],
    ] as readonly (readonly [string, string])[],
  };
  const signed: SignedRequest = {
    ...base,
    headers: [
      ...base.headers,
      ...signHeaders({ ...base, hashedPayload: sha256Hex(body) }, { ...OPTIONS, signBody: true }),
    ],
    body,
  };
  const verify = (request: SignedRequest, now = OPTIONS.now) =>
    verifySignature(request, {
      secretsOf: (id) => (id === "AKIDEXAMPLE" ? ["wrong", SECRET] : []),
      now,
      keys: createSigningKeyCache(),
      normalizePath: true,
    });

  test("an untouched request verifies, up to five minutes later", () => {
    expect(verify(signed)).toEqual({ ok: true, value: { accessKeyId: "AKIDEXAMPLE" } });
    expect(verify(signed, OPTIONS.now + 300_000).ok).toBe(true);
    expect(verify(signed, OPTIONS.now + 300_001)).toMatchObject({ error: { reason: "expired" } });
    expect(verify(signed, OPTIONS.now - 300_001)).toMatchObject({ error: { reason: "expired" } });
  });

  test.each([
    ["method", { ...signed, method: "PUT" }, "mismatch"],
    ["path", { ...signed, path: `${signed.path}x` }, "mismatch"],
    ["query", { ...signed, query: "a=b" }, "mismatch"],
    ["body", { ...signed, body: new Uint8Array(1) }, "body"],
    [
      "signed header",
      {
        ...signed,
        headers: signed.headers.map(([n, v]) =>
          n === "host" ? ([n, "evil"] as const) : ([n, v] as const),
        ),
      },
      "mismatch",
    ],
    [
      "access key id",
      {
        ...signed,
        headers: signed.headers.map(
          ([n, v]) => [n, v.replace("AKIDEXAMPLE", "AKIDOTHER")] as const,
        ),
      },
      "unknown-key",
    ],
    [
      "stated body hash",
      {
        ...signed,
        headers: signed.headers.map(([n, v]) =>
          n === "x-amz-content-sha256" ? ([n, "UNSIGNED-PAYLOAD"] as const) : ([n, v] as const),
        ),
      },
      "body",
    ],
    ["signature", { ...signed, headers: base.headers }, "missing"],
  ] as const)("a request with another %s is refused", (_what, request, reason) => {
    expect(verify(request)).toMatchObject({ ok: false, error: { reason } });
  });

  test("a signature that leaves out the host is refused", () => {
    const hostless = { ...base, headers: [["content-type", "application/json"]] as const };
    const added = signHeaders({ ...hostless, hashedPayload: sha256Hex(body) }, OPTIONS);
    const request = { ...hostless, headers: [...hostless.headers, ...added], body };
    expect(verify(request)).toMatchObject({ error: { reason: "malformed" } });
  });

  test("a body that is not signed passes only where that is allowed", () => {
    const added = signHeaders(
      { ...base, hashedPayload: "UNSIGNED-PAYLOAD" },
      { ...OPTIONS, signBody: true },
    );
    const request = { ...base, headers: [...base.headers, ...added], body };
    const verifier = { ...OPTIONS, secretsOf: () => [SECRET] };
    expect(verifySignature(request, verifier)).toMatchObject({ error: { reason: "body" } });
    expect(verifySignature(request, { ...verifier, allowUnsignedPayload: true }).ok).toBe(true);
  });

  test("the body is hashed where the client does not state its hash", () => {
    const added = signHeaders({ ...base, hashedPayload: sha256Hex(body) }, OPTIONS);
    const request = { ...base, headers: [...base.headers, ...added], body };
    expect(verify(request).ok).toBe(true);
    expect(verify({ ...request, body: new Uint8Array(1) })).toMatchObject({
      error: { reason: "mismatch" },
    });
  });

  test("a presigned URL has one signature and a span of at most a week", () => {
    const unsigned = { method: "GET", path: "/x", query: "", headers: [["host", "h"]] as const };
    const presign = (expiresIn: number): SignedRequest => ({
      ...unsigned,
      query: presignQuery({ ...unsigned, hashedPayload: sha256Hex("") }, { ...OPTIONS, expiresIn }),
      body: new Uint8Array(0),
    });
    expect(verify(presign(604_800)).ok).toBe(true);
    for (const expiresIn of [0, -1, 604_801]) {
      expect(verify(presign(expiresIn))).toMatchObject({ error: { reason: "malformed" } });
    }
    const twice = {
      ...presign(60),
      query: `${presign(60).query}&X-Amz-Signature=${"0".repeat(64)}`,
    };
    expect(verify(twice)).toMatchObject({ error: { reason: "malformed" } });
  });

  test("a presigned URL verifies until it expires", () => {
    const empty = new Uint8Array(0);
    const host = [["host", "localhost"]] as const;
    const unsigned = { method: "GET", path: "/x", query: "a=1", headers: host };
    const query = presignQuery(
      { ...unsigned, hashedPayload: sha256Hex(empty) },
      { ...OPTIONS, expiresIn: 900 },
    );
    const request = { ...unsigned, query, body: empty };
    expect(verify(request, OPTIONS.now + 900_000).ok).toBe(true);
    expect(verify(request, OPTIONS.now + 900_001)).toMatchObject({ error: { reason: "expired" } });
  });
});

describe("canonical spelling", () => {
  // Worked out by hand from the rules of "Create a signed AWS API request", step 1.
  test.each([
    ["b=2&a=1", "a=1&b=2"],
    ["a=2&a=1&a", "a=&a=1&a=2"],
    ["a=%7e%41&b=%2f", "a=~A&b=%2F"],
    ["a=b=c", "a=b%3Dc"],
    // An escape that is not UTF-8 keeps its byte.
    ["a=%ff", "a=%FF"],
    ["a=%", "a=%25"],
    ["a=é", "a=%C3%A9"],
    ["a=!'()*", "a=%21%27%28%29%2A"],
    ["&a=1&", "a=1"],
  ])("the query %s is signed as %s", (query, canonical) => {
    expect(canonicalQueryString(query)).toBe(canonical);
  });

  test.each([
    ["", "/", "/"],
    ["/a/../b/./c", "/b/c", "/a/../b/./c"],
    ["//a//b/", "/a/b/", "//a//b/"],
    ["/../..", "/", "/../.."],
    ["/model/a%3Ab/x", "/model/a%253Ab/x", "/model/a%253Ab/x"],
  ])("the path %p is signed as %p, as it is as %p", (path, normalized, kept) => {
    expect(canonicalUri(path, true)).toBe(normalized);
    expect(canonicalUri(path, false)).toBe(kept);
  });

  test("blanks in header values are joined, but only those of ASCII", () => {
    const request = {
      ...EXAMPLE,
      headers: [["Host", " \ta \t b\u00a0 "]] as const,
      hashedPayload: "x",
    };
    expect(canonicalRequest(request, ["host"], true)).toContain("\nhost:a b\u00a0\n");
  });
});

describe("signing keys", () => {
  test("the one that was not used for longest makes room", () => {
    const keys = createSigningKeyCache(2);
    keys.set("a", Uint8Array.of(1));
    keys.set("b", Uint8Array.of(2));
    keys.get("a");
    keys.set("c", Uint8Array.of(3));
    expect([keys.get("a"), keys.get("b"), keys.get("c")]).toEqual([
      Uint8Array.of(1),
      undefined,
      Uint8Array.of(3),
    ]);
  });

  test("setting a key again makes no room that is not needed", () => {
    const keys = createSigningKeyCache(2);
    keys.set("a", Uint8Array.of(1));
    keys.set("b", Uint8Array.of(2));
    keys.set("b", Uint8Array.of(3));
    expect([keys.get("a"), keys.get("b")]).toEqual([Uint8Array.of(1), Uint8Array.of(3)]);
  });

  test("a day's key is derived once and is never kept beside its secret", () => {
    const seen: string[] = [];
    const inner = createSigningKeyCache();
    const keys = {
      get: inner.get,
      set: (id: string, key: Uint8Array): void => {
        seen.push(id);
        inner.set(id, key);
      },
    };
    const day = { ...OPTIONS, keys };
    signHeaders({ ...EXAMPLE, hashedPayload: "x" }, day);
    signHeaders({ ...EXAMPLE, hashedPayload: "y" }, { ...day, now: OPTIONS.now + 3_600_000 });
    expect(seen).toHaveLength(1);
    expect(seen[0]).not.toContain(SECRET);
    signHeaders({ ...EXAMPLE, hashedPayload: "x" }, { ...day, now: OPTIONS.now + 86_400_000 });
    expect(seen).toHaveLength(2);
  });
});

const folder = shared("vectors", "sigv4");
if (folder !== undefined) {
  describe("the AWS signing test suite", () => {
    test.each(readdirSync(folder).sort())("%s", (name) => {
      const read = (file: string): string => readFileSync(join(folder, name, file), "utf8");
      const context = JSON.parse(read("context.json"));
      const request = parseRequest(read("request.txt"));
      const hash = sha256Hex(request.body);
      const date = amzDate(Date.parse(context.timestamp));
      const options: SigningOptions = {
        credentials: {
          accessKeyId: context.credentials.access_key_id,
          secretAccessKey: context.credentials.secret_access_key,
          ...(context.credentials.token === undefined
            ? {}
            : { sessionToken: context.credentials.token }),
        },
        region: context.region,
        service: context.service,
        now: Date.parse(context.timestamp),
        keys: createSigningKeyCache(),
        normalizePath: context.normalize,
        omitSessionToken: context.omit_session_token === true,
        signBody: context.sign_body,
      };
      const scope = credentialScope(date, context.region, context.service);
      const verifier = {
        secretsOf: () => [context.credentials.secret_access_key],
        now: options.now,
        keys: options.keys,
        normalizePath: context.normalize,
      };

      // Header form.
      const added = signHeaders({ ...request, hashedPayload: hash }, options);
      const authorization = Object.fromEntries(added)["authorization"] ?? "";
      const headers = [...request.headers, ...added];
      const names = (/SignedHeaders=([^,]+)/.exec(authorization)?.[1] ?? "").split(";");
      const canonical = canonicalRequest(
        { ...request, headers, hashedPayload: hash },
        names,
        context.normalize,
      );
      expect(canonical).toBe(read("header-canonical-request.txt"));
      expect(stringToSign(date, scope, canonical)).toBe(read("header-string-to-sign.txt"));
      expect(authorization).toEndWith(`Signature=${read("header-signature.txt").trim()}`);
      const published = parseRequest(read("header-signed-request.txt"));
      const flat = (pairs: readonly (readonly [string, string])[]): string[] =>
        pairs.map(([key, value]) => `${key.toLowerCase()}:${value}`).sort();
      expect(flat(headers)).toEqual(flat(published.headers));
      expect(verifySignature({ ...published }, verifier).ok).toBe(true);

      // Query form.
      const query = presignQuery(
        { ...request, hashedPayload: hash },
        { ...options, expiresIn: context.expiration_in_seconds },
      );
      expect(query).toEndWith(`X-Amz-Signature=${read("query-signature.txt").trim()}`);
      const presigned = parseRequest(read("query-signed-request.txt"));
      expect(new Set(query.split("&"))).toEqual(new Set(presigned.query.split("&")));
      const { omitSessionToken = false } = options;
      expect(verifySignature(presigned, { ...verifier, omitSessionToken }).ok).toBe(true);

      // Nothing that was signed can be changed, in either form.
      for (const signed of [published, presigned]) {
        for (const [part, other] of tampered(signed)) {
          const verified = verifySignature(other, { ...verifier, omitSessionToken });
          expect([part, verified.ok]).toEqual([part, false]);
        }
      }
    });
  });
}

/** The request with one of its parts changed each time. */
function tampered(request: SignedRequest): readonly (readonly [string, SignedRequest])[] {
  const { method, path, query, headers } = request;
  const header = (index: number, value: string): SignedRequest["headers"] =>
    headers.map((pair, at) => (at === index ? ([pair[0], value] as const) : pair));
  const late = "X-Amz-Security-Token";
  return [
    ["method", { ...request, method: method === "GET" ? "POST" : "GET" }],
    ["path", { ...request, path: `${path}x` }],
    ["added parameter", { ...request, query: `${query}${query === "" ? "" : "&"}zz=1` }],
    ["body", { ...request, body: concat([request.body, Uint8Array.of(0)]) }],
    ...headers
      .map(
        ([name, value], index) =>
          [name, { ...request, headers: header(index, `${value}x`) }] as const,
      )
      // It was added after signing.
      .filter(([name]) => !(name.toLowerCase() === late.toLowerCase() && !signs(request, late))),
    ...query
      .split("&")
      .filter((pair) => pair.startsWith("X-Amz-") && !pair.startsWith(late))
      .map((pair) => [pair, { ...request, query: query.replace(pair, `${pair}1`) }] as const),
  ];
}

function signs(request: SignedRequest, name: string): boolean {
  const authorization = request.headers.find(([other]) => other.toLowerCase() === "authorization");
  const names = /SignedHeaders=([^,]+)/.exec(authorization?.[1] ?? "")?.[1] ?? "";
  return names.split(";").includes(name.toLowerCase());
}

function parseRequest(text: string): SignedRequest {
  const split = text.search(/\r?\n\r?\n/);
  const head = split < 0 ? text : text.slice(0, split);
  const body = split < 0 ? "" : text.slice(split).replace(/^\r?\n\r?\n/, "");
  const lines = head.split(/\r?\n/).filter((line) => line !== "");
  const [first = "", ...rest] = lines;
  const method = first.slice(0, first.indexOf(" "));
  const target = first.slice(first.indexOf(" ") + 1, first.lastIndexOf(" HTTP/1.1"));
  const mark = target.indexOf("?");
  const headers: [string, string][] = [];
  for (const line of rest) {
    const last = headers.at(-1);
    if (/^\s/.test(line) && last !== undefined) last[1] += `\n${line}`;
    else headers.push([line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]);
  }
  return {
    method,
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? "" : target.slice(mark + 1),
    headers,
    body: new TextEncoder().encode(body),
  };
}
