// The SDKs' own retries against the gateway: told to wait they wait, and come back when the key is rested; without retries they
// raise the class of error that their documentation names.
import { afterEach, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { httpReply, startGateway, startUpstream, type Script } from "../support/gateway.ts";

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const ANSWER = {
  id: "c",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }],
};
const OK = httpReply(200, "application/json", JSON.stringify(ANSWER));

function error(status: number, code: string, headers = ""): string {
  const body = JSON.stringify({ error: { message: code, type: code, code } });
  return `HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`;
}

function setup(first: string) {
  const script: Script = (socket, _request, count) => void socket.write(count === 1 ? first : OK);
  const upstream = startUpstream(script);
  const gateway = startGateway(`auth: { mode: none }
providers: { a: { protocol: openai, base_url: "http://127.0.0.1:${upstream.port}", api_key: k } }
models: { m: { provider: a } }
pools: { p: { members: [{ model: m }], failover: { repeats: 0 } } }
`);
  cleanups.push(async () => {
    await gateway.stop();
    upstream.stop();
  });
  const messages = [{ role: "user" as const, content: "hi" }];
  const openai = (maxRetries: number) =>
    new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "x", maxRetries }).chat.completions.create({
      model: "p",
      messages,
    });
  const anthropic = (maxRetries: number) =>
    new Anthropic({ baseURL: gateway.url, apiKey: "x", maxRetries }).messages.create({
      model: "p",
      max_tokens: 9,
      messages,
    });
  return { upstream, openai, anthropic };
}

const LIMITED = error(429, "rate_limit_exceeded", "retry-after: 1\r\n");

test.each(["openai", "anthropic"] as const)(
  "%s comes back after the time that it was told, and is served",
  async (sdk) => {
    const made = setup(LIMITED);
    expect(JSON.stringify(await made[sdk](2))).toContain("hi");
    // One call that was refused, one that was served: none came too early, and was turned away by the gateway.
    expect(made.upstream.requests.length).toBe(2);
  },
);

test.each([
  [LIMITED, OpenAI.RateLimitError, Anthropic.RateLimitError],
  [error(503, "overloaded"), OpenAI.InternalServerError, Anthropic.InternalServerError],
  [error(400, "invalid_value"), OpenAI.BadRequestError, Anthropic.BadRequestError],
  [error(404, "model_not_found"), OpenAI.NotFoundError, Anthropic.NotFoundError],
  // The gateway's own key is nobody's business: not an authentication error.
  [error(401, "invalid_api_key"), OpenAI.InternalServerError, Anthropic.InternalServerError],
])("without retries each raises its own class (%#)", async (reply, openaiError, anthropicError) => {
  const rejected = async (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  expect(await rejected(setup(reply).openai(0))).toBeInstanceOf(openaiError);
  expect(await rejected(setup(reply).anthropic(0))).toBeInstanceOf(anthropicError);
});

test.each(["openai", "anthropic"] as const)(
  "%s does not try again what cannot succeed",
  async (sdk) => {
    const made = setup(error(400, "invalid_value"));
    const outcome = await made[sdk](3).then(
      () => "served",
      () => "refused",
    );
    expect([outcome, made.upstream.requests.length]).toEqual(["refused", 1]);
  },
);
