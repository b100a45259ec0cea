// The six official SDKs, unmodified, against the compiled executable with a mock provider behind it: each in its own
// protocol, and all those that can be translated crossed.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMock, type Mock } from "../../src/mock/mock.ts";
import { ms } from "../../src/lib/time.ts";
import { PROTOCOL_NAMES } from "../../src/protocols/registry.ts";
import { binary } from "../support/binary.ts";
import { CLIENTS, WEATHER, type Client } from "../support/clients.ts";

const TOKEN = "e2e-client-token-0123456789abcdef";
const folder = mkdtempSync(join(tmpdir(), "recloser-sdk-"));
let mock: Mock | undefined;
let slow: Mock | undefined;
type Gateway = { readonly url: string; readonly child: Bun.Subprocess<"ignore", "pipe", "pipe"> };
const gateways: Gateway[] = [];
let url = "";

/** Names the upstream's base URL as that vendor's SDK has it. */
function provider(name: string, base: string): string {
  const version = name === "openai" || name === "responses" ? "/v1" : "";
  const key = name === "bedrock" ? "mock-access:mock-secret" : "mock-key";
  return `{ protocol: ${name}, base_url: "${base}${version}", api_key: "${key}" }`;
}

function configOf(fast: Mock, late: Mock): string {
  return [
    "listen: 127.0.0.1:0",
    `auth: { mode: tokens, tokens: ["${TOKEN}"] }`,
    "providers:",
    ...PROTOCOL_NAMES.map((name) => `  ${name}-mock: ${provider(name, fast.url)}`),
    ...PROTOCOL_NAMES.map((name) => `  ${name}-slow: ${provider(name, late.url)}`),
    "models:",
    ...PROTOCOL_NAMES.map((name) => `  ${name}-m: { provider: ${name}-mock, model: mock-small }`),
    ...PROTOCOL_NAMES.map((name) => `  ${name}-s: { provider: ${name}-slow, model: mock-small }`),
    "",
  ].join("\n");
}

/** The address that the executable prints when it listens. */
async function addressFrom(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text);
    if (found !== null) return found[0];
  }
  throw new Error(`it ended without an address: ${text}`);
}

async function startGateway(executable: string): Promise<Gateway> {
  const child = Bun.spawn([executable, "serve", "--config", join(folder, "recloser.yaml")], {
    cwd: folder,
    env: { PATH: process.env["PATH"] },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const address = await Promise.any([addressFrom(child.stdout), addressFrom(child.stderr)]);
  const gateway = { url: address, child };
  gateways.push(gateway);
  return gateway;
}

beforeAll(async () => {
  const executable = await binary();
  mock = startMock();
  slow = startMock({ pace: ms(200) });
  writeFileSync(join(folder, "recloser.yaml"), configOf(mock, slow));
  ({ url } = await startGateway(executable));
}, 60_000);

afterAll(async () => {
  for (const { child } of gateways) {
    child.kill("SIGKILL");
    await child.exited;
  }
  await mock?.stop();
  await slow?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function clientOf(name: string, model: string, key = TOKEN, at = url): Client {
  const make = CLIENTS[name];
  if (make === undefined) throw new Error(name);
  return make({ url: at, key, pair: `recloser:${key}`, model });
}

/** Every ordered pair of protocols, each with itself included. */
const ROUTES = PROTOCOL_NAMES.flatMap((name) => PROTOCOL_NAMES.map((to) => ({ name, to })));
const ROWS = ROUTES.flatMap((route) => [false, true].map((stream) => ({ ...route, stream })));

test.each(ROWS)("$name to $to, streamed $stream: the words come back", async (row) => {
  const { name, to, stream } = row;
  const text = "Grüße an 世界, [DONE] or not 🎈";
  const told = await clientOf(name, `${to}-m`).ask({ text, stream });
  expect(told).toMatchObject({ text, thinking: "", calls: [] });
  // The mock counts four characters for a token.
  expect(told.output).toBe(Math.ceil(text.length / 4));
});

test.each(ROWS)("$name to $to, streamed $stream: a tool is called", async (row) => {
  const { name, to, stream } = row;
  const told = await clientOf(name, `${to}-m`).ask({ text: "use the tool", stream, tool: true });
  expect(told.calls).toEqual([{ name: WEATHER.name, args: { city: "mock", days: 1 } }]);
});

test.each(ROUTES)("$name to $to: the tool's answer is taken up", async ({ name, to }) => {
  const told = await clientOf(name, `${to}-m`).converse("use the tool", "18 degrees");
  expect(told).toMatchObject({ text: "The tool answered: 18 degrees", calls: [] });
});

test.each(PROTOCOL_NAMES)("%s: a wrong token and an unknown model are errors", async (name) => {
  const refused = clientOf(name, `${name}-m`, "another-token-0123456789abcdef");
  expect(await refused.ask({ text: "hi" }).catch((error: unknown) => error)).toBeInstanceOf(Error);
  const unknown = clientOf(name, "absent").ask({ text: "hi" });
  expect(String(await unknown.catch((error: unknown) => error))).toContain("absent");
});

test.each(ROUTES)("$name to $to: leaving in mid-stream ends the call", async ({ name, to }) => {
  const leaving = new AbortController();
  const words = Array.from({ length: 60 }, (_, index) => `word${index}`).join(" ");
  const asked = clientOf(name, `${to}-s`).ask({
    text: words,
    stream: true,
    signal: leaving.signal,
  });
  setTimeout(() => leaving.abort(), 500);
  expect(await asked.then(() => "finished").catch(() => "left")).toBe("left");
  // The gateway still serves.
  const after = await clientOf(name, `${to}-m`).ask({ text: "still there" });
  expect(after.text).toBe("still there");
});

test("SIGTERM lets an open stream finish and exits 0", async () => {
  const text = "one two three four";
  const { url: address, child } = await startGateway(await binary());
  const open = clientOf("openai", "openai-s", TOKEN, address).ask({ text, stream: true });
  await Bun.sleep(300);
  child.kill("SIGTERM");
  expect((await open).text).toBe(text);
  expect(await child.exited).toBe(0);
});
