// The same-protocol path on every recorded chat exchange of all six protocols: what the upstream receives and what the
// client receives are the recorded bytes, by hash, but for the model's name.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PROTOCOL_NAMES, type ProtocolName } from "../../src/protocols/registry.ts";
import {
  chunk,
  chunkedHead,
  httpReply,
  LAST_CHUNK,
  startGateway,
  startUpstream,
  writeAll,
  type TestGateway,
  type Upstream,
} from "../support/gateway.ts";
import { shared } from "../support/shared.ts";

type Recording = {
  id: string;
  operation: string;
  streamed: boolean;
  request: { path: string; body: unknown } | null;
  response: {
    status: number | null;
    content_type: string;
    body?: unknown;
    sse?: string;
    eventstream_base64?: string;
  };
};

/** Fixtures lack the request, and some errors the status. */
function isAnswered(request: Recording["request"], response: Recording["response"]): boolean {
  const body = request?.body ?? null;
  return body !== null && response.status !== null;
}

const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** The bytes of a recorded reply, with odd white space where JSON allows it. */
function replyBytes({ response }: Recording): Buffer {
  if (response.sse !== undefined) return Buffer.from(response.sse);
  if (response.eventstream_base64 !== undefined)
    return Buffer.from(response.eventstream_base64, "base64");
  return Buffer.from(JSON.stringify(response.body, undefined, 1));
}

const SLUG = "recorded-model";
const PATHS = {
  openai: () => "/v1/chat/completions",
  responses: () => "/v1/responses",
  anthropic: () => "/v1/messages",
  gemini: (stream) =>
    `/v1beta/models/${SLUG}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
  bedrock: (stream) => `/model/${SLUG}/${stream ? "converse-stream" : "converse"}`,
  cohere: () => "/v2/chat",
} as const satisfies Record<ProtocolName, (stream: boolean) => string>;

let current: Buffer = Buffer.alloc(0);
let upstream: Upstream;
let gateway: TestGateway;

beforeAll(() => {
  upstream = startUpstream((socket) => writeAll(socket, current));
  const providers = PROTOCOL_NAMES.map(
    (name) =>
      `  p-${name}: { protocol: ${name}, base_url: "http://127.0.0.1:${upstream.port}", ad_hoc_models: true, api_key: "A:S" }`,
  );
  const models = PROTOCOL_NAMES.map(
    (name) => `  m-${name}: { provider: p-${name}, model: ${SLUG} }`,
  );
  // Recorded errors open breakers; here every call is to reach the upstream all the same.
  const pools = PROTOCOL_NAMES.map(
    (name) => `  pool-${name}: { members: [{ model: m-${name} }], on_exhausted: least_bad }`,
  );
  const sections = ["providers:", ...providers, "models:", ...models, "pools:", ...pools];
  gateway = startGateway(`auth: { mode: none }\n${sections.join("\n")}\n`);
});

afterAll(async () => {
  await gateway.stop();
  upstream.stop();
});

describe.each([...PROTOCOL_NAMES])("%s", (name) => {
  const folder = shared("corpus", name);
  const recordings =
    folder === undefined
      ? []
      : readdirSync(folder)
          .map((file): Recording => JSON.parse(readFileSync(join(folder, file), "utf8")))
          .filter(
            ({ operation, request, response }) =>
              operation === "chat" && isAnswered(request, response),
          );

  test("E001 request and reply are byte for byte what was recorded", async () => {
    let exact = 0;
    let refused = 0;
    let suppressed = 0;
    for (const recording of recordings) {
      const streamed =
        recording.response.sse !== undefined || recording.response.eventstream_base64 !== undefined;
      const reply = replyBytes(recording);
      const status = recording.response.status ?? 200;
      const type = recording.response.content_type || "application/json";
      current = streamed
        ? Buffer.concat([Buffer.from(chunkedHead(type)), chunk(reply), Buffer.from(LAST_CHUNK)])
        : httpReply(status, type, reply);
      // The recorded model is what the route calls this upstream's model, so that nothing is renamed.
      const body = Buffer.from(
        JSON.stringify(recording.request?.body, undefined, 1).replace(
          /^(\{[^]*?\n "model": )"(?:[^"\\]|\\.)*"/,
          `$1"${SLUG}"`,
        ),
      );
      const response = await fetch(`${gateway.url}/pool-${name}${PATHS[name](streamed)}`, {
        method: "POST",
        body,
        headers: { "content-type": "application/json" },
      });
      const received = new Uint8Array(await response.arrayBuffer());
      const seen = upstream.requests.at(-1);
      if (seen === undefined) throw new Error(`${recording.id}: nothing reached the upstream`);
      const hasModel =
        body.includes(`"model": "${SLUG}"`) || name === "gemini" || name === "bedrock";
      if (hasModel)
        expect(`${recording.id} ${sha(seen.body)}`).toBe(`${recording.id} ${sha(body)}`);
      // A stream that begins with an error becomes a real HTTP error (E310).
      const failedEarly = streamed && response.status >= 400;
      if (failedEarly) {
        expect(`${recording.id} ${reply.includes('"error"')}`).toBe(`${recording.id} true`);
        refused++;
        continue;
      }
      const relayed =
        status < 400 || response.headers.get("x-recloser-upstream-status") === String(status);
      expect(`${recording.id} ${relayed}`).toBe(`${recording.id} true`);
      // An error that speaks of the gateway's own key is not passed on (translation.md B.14).
      if (status !== 401 && status !== 403) {
        expect(`${recording.id} ${sha(received)}`).toBe(`${recording.id} ${sha(reply)}`);
        expect(response.status).toBe(status);
        exact++;
      } else {
        expect([502, 500]).toContain(response.status);
        suppressed++;
      }
    }
    console.log(
      `byte identity ${name}: ${recordings.length} exchanges, ${exact} exact, ${refused} in-stream errors made HTTP errors`,
    );
    expect(exact + refused + suppressed).toBe(recordings.length);
  });
});
