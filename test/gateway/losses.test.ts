// What becomes of losses on a whole call: rules of config, pool, model and request; headers, detail in the reply, counters.
import { afterAll, describe, expect, test } from "bun:test";
import {
  chunk,
  chunkedHead,
  httpReply,
  LAST_CHUNK,
  startGateway,
  startUpstream,
} from "../support/gateway.ts";

const MESSAGE = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-4-5",
  content: [{ type: "text", text: "Hi" }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 1 },
};
const EVENTS = [
  { type: "message_start", message: { ...MESSAGE, content: [], stop_reason: null } },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hi" } },
  { type: "content_block_stop", index: 0 },
  {
    type: "message_delta",
    delta: { stop_reason: "end_turn", stop_sequence: null },
    usage: MESSAGE.usage,
  },
  { type: "message_stop" },
];

const upstream = startUpstream((socket, { body }) => {
  if (JSON.parse(String(body)).stream !== true) {
    socket.write(httpReply(200, "application/json", JSON.stringify(MESSAGE)));
    return;
  }
  socket.write(chunkedHead("text/event-stream"));
  for (const event of EVENTS) {
    socket.write(chunk(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`));
  }
  socket.write(LAST_CHUNK);
});
const gateway = startGateway(`
providers:
  up: { protocol: anthropic, base_url: "http://127.0.0.1:${upstream.port}", api_key: k }
models:
  plain: { provider: up, model: claude-sonnet-4-5 }
  guarded: { provider: up, model: claude-sonnet-4-5, losses: { strict: true } }
pools:
  lenient: { members: [{ model: plain }], losses: { allow: [R16] } }
  careful: { members: [{ model: plain }], losses: { strict: true, allow: [R50] } }
  mixed: { members: [{ model: guarded }], losses: { strict: false } }
checks: { sample: 1 }
`);
afterAll(async () => {
  await gateway.stop();
  upstream.stop();
});

type Answer = { readonly response: Response; readonly text: string };

async function ask(
  model: string,
  more: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const messages = [{ role: "user", content: "Hi" }];
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ model, max_completion_tokens: 100, messages, ...more }),
  });
  return { response, text: await response.text() };
}

const AUDIO = { type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } };
const speaking = { messages: [{ role: "user", content: [{ type: "text", text: "a" }, AUDIO] }] };
const ids = (text: string | null): readonly string[] =>
  [...(text ?? "").matchAll(/\b[RBS]\d\d[a-z]?\b/g)].map(([id]) => id).toSorted();

describe("whose rules count", () => {
  test.each([
    { model: "plain", more: { seed: 5 }, status: 200 },
    { model: "guarded", more: { seed: 5 }, status: 400 },
    { model: "careful", more: { seed: 5 }, status: 200 },
    { model: "careful", more: { frequency_penalty: 1 }, status: 400 },
    { model: "mixed", more: { seed: 5 }, status: 400 },
    { model: "plain", more: speaking, status: 400 },
    { model: "lenient", more: speaking, status: 200 },
  ])("$model answers $status to $more", async ({ model, more, status }) => {
    const before = upstream.requests.length;
    const { response } = await ask(model, more);
    expect(response.status).toBe(status);
    // What is refused is refused before the upstream sees anything.
    expect(upstream.requests.length - before).toBe(status === 200 ? 1 : 0);
  });

  test("the request has the last word", async () => {
    const loose = await ask("guarded", { seed: 5 }, { "x-recloser-strict": "false" });
    expect(loose.response.status).toBe(200);
    const strict = await ask("plain", { seed: 5 }, { "x-recloser-strict": "true" });
    expect(strict.response.status).toBe(400);
    const allowed = await ask("guarded", { seed: 5 }, { "x-recloser-allow-loss": "R50" });
    expect(allowed.response.status).toBe(200);
  });
});

test("E340 the same request loses the same, once told in a header and once in a refusal", async () => {
  const more = { seed: 5, logit_bias: { "1": 2 }, frequency_penalty: 1, metadata: { a: "b" } };
  const compat = await ask("plain", more);
  const strict = await ask("plain", more, { "x-recloser-strict": "true" });
  expect([compat.response.status, strict.response.status]).toEqual([200, 400]);
  const told = ids(compat.response.headers.get("x-recloser-loss"));
  expect(told).toEqual(["R50", "R51", "R52"]);
  const { error } = JSON.parse(strict.text);
  expect(error.code).toBe("untranslatable_field");
  const [losses = "", wayOut = ""] = error.message.split(". ");
  expect([ids(losses), ids(wayOut)]).toEqual([told, told]);
  expect(ids(strict.response.headers.get("x-recloser-loss"))).toEqual(told);
});

describe("x-recloser-loss-detail: body", () => {
  const detail = { "x-recloser-loss-detail": "body" };

  test("spells everything out in one member of a whole reply", async () => {
    const { text } = await ask("plain", { seed: 5, metadata: { a: "b" } }, detail);
    const reply = JSON.parse(text);
    expect(reply.choices[0].message.content).toBe("Hi");
    expect(reply.x_recloser.losses).toEqual(
      expect.arrayContaining([
        { id: "R50", name: "seed", severity: "S1", path: "/seed", level: "X" },
        { id: "R68", name: "metadata map", severity: "S0", path: "/metadata", level: "X" },
      ]),
    );
  });

  test("is a comment before the terminator of a stream", async () => {
    const { text } = await ask("plain", { seed: 5, stream: true }, detail);
    const blocks = text.trimEnd().split("\n\n");
    expect(blocks.at(-1)).toBe("data: [DONE]");
    const comment = blocks.at(-2) ?? "";
    expect(comment).toStartWith(": x-recloser-loss {");
    expect(JSON.parse(comment.slice(": x-recloser-loss ".length)).losses[0].id).toBe("R50");
  });

  test("is nothing that clients get without asking", async () => {
    expect((await ask("plain", { seed: 5 })).text).not.toContain("x_recloser");
    expect((await ask("plain", { seed: 5, stream: true })).text).not.toContain("x-recloser");
  });

  test("misspelt is the caller's mistake", async () => {
    const { response } = await ask("plain", {}, { "x-recloser-loss-detail": "bdoy" });
    expect(response.status).toBe(400);
  });
});

test("losses, refusals and checks are counted", async () => {
  await ask("guarded", { seed: 5 });
  for (let call = 0; call < 6; call += 1) await ask("plain", { seed: 5 });
  const counted = gateway.runtime.counters.list();
  const levels = counted.filter(({ labels }) => labels["id"] === "R50");
  expect(levels.map(({ labels }) => `${labels["pair"]} ${labels["level"]}`).toSorted()).toEqual([
    "openai>anthropic X",
    "openai>anthropic refused",
  ]);
  const checks = counted.filter(({ name }) => name === "egress_checks");
  expect(checks.map(({ labels }) => labels["verdict"])).toEqual(["ok"]);
  expect(checks[0]?.count).toBeGreaterThan(5);
  expect(gateway.errors).toEqual([]);
});
