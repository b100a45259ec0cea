// Turns that an upstream of Messages pauses, in front of an OpenAI client with the vendor's SDK.
import { afterEach, describe, expect, test } from "bun:test";
import { claudeUpstreams, event, MESSAGE, said } from "../support/claude-upstream.ts";
import {
  chunk,
  chunkedHead,
  httpReply,
  LAST_CHUNK,
  writeAll,
  type SeenRequest,
  type UpstreamSocket,
} from "../support/gateway.ts";

const { setup, close } = claudeUpstreams();
afterEach(close);

const USE = {
  type: "server_tool_use",
  id: "srvtoolu_1",
  name: "web_search",
  input: { query: "q" },
};
const FOUND = { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [] };

type Round = { readonly text: string; readonly stop: "pause_turn" | "end_turn" };
const PAUSED: Round = { text: "Let me see. ", stop: "pause_turn" };
const DONE: Round = { text: "It is so.", stop: "end_turn" };

function wholeRound({ text, stop }: Round): Buffer {
  const content = [USE, FOUND, { type: "text", text }];
  const usage = { input_tokens: 10, output_tokens: 5 };
  const body = { ...MESSAGE, content, stop_reason: stop, usage };
  return httpReply(200, "application/json", JSON.stringify(body));
}

/** The events of one round: a call of the server's, its result, and the text of an answer. */
function streamedRound({ text, stop }: Round): string {
  const block = (index: number, body: object): string =>
    event("content_block_start", { index, content_block: body });
  const end = (index: number): string => event("content_block_stop", { index });
  const piece = { type: "input_json_delta", partial_json: JSON.stringify(USE.input) };
  return [
    event("message_start", { message: MESSAGE }),
    block(0, { ...USE, input: {} }),
    event("content_block_delta", { index: 0, delta: piece }),
    end(0),
    block(1, FOUND) + end(1),
    block(2, { type: "text", text: "" }),
    said(text).replace('"index":0', '"index":2'),
    end(2),
    event("message_delta", {
      delta: { stop_reason: stop, stop_sequence: null },
      usage: { output_tokens: 5 },
    }),
    event("message_stop"),
  ].join("");
}

/** Answers in the form that was asked for. */
function answer(socket: UpstreamSocket, { body }: SeenRequest, round: Round): void {
  const { stream } = JSON.parse(String(body));
  if (stream !== true) return writeAll(socket, wholeRound(round));
  const head = Buffer.from(chunkedHead("text/event-stream"));
  writeAll(socket, Buffer.concat([head, chunk(streamedRound(round)), Buffer.from(LAST_CHUNK)]));
}

const REFUSAL = '{"type":"error","error":{"type":"overloaded_error","message":"too busy"}}';
const ASK = {
  model: "m",
  messages: [{ role: "user" as const, content: "Is it so?" }],
  max_tokens: 1000,
  web_search_options: {},
};
const STREAM = { ...ASK, stream: true as const, stream_options: { include_usage: true } };

describe("E141 a turn that the upstream pauses goes on by itself, and the client sees one reply", () => {
  test("whole", async () => {
    const { sdk, upstream } = setup((socket, request, count) =>
      answer(socket, request, count < 3 ? PAUSED : DONE),
    );
    const { data, response } = await sdk.chat.completions.create(ASK).withResponse();
    const [choice] = data.choices;
    expect(choice?.message.content).toBe("Let me see. Let me see. It is so.");
    expect(choice?.finish_reason).toBe("stop");
    expect(data.usage).toMatchObject({ prompt_tokens: 30, completion_tokens: 15 });
    expect(response.headers.get("x-recloser-emulated")).toContain('S10;path="/stop_reason"');
    expect(response.headers.get("x-recloser-loss")).not.toContain("S10");
    const [first, second, third] = upstream.requests.map(({ body }) => JSON.parse(String(body)));
    const turn = { role: "assistant", content: [USE, FOUND, { type: "text", text: PAUSED.text }] };
    expect(second).toEqual({ ...first, max_tokens: 995, messages: [...first.messages, turn] });
    expect(third.messages).toEqual([...first.messages, turn, turn]);
    expect(upstream.requests.length).toBe(3);
  });

  test("streamed", async () => {
    const { sdk, upstream, gateway } = setup((socket, request, count) =>
      answer(socket, request, count === 1 ? PAUSED : DONE),
    );
    const { choices, usage } = await sdk.chat.completions.stream(STREAM).finalChatCompletion();
    expect(choices[0]?.message.content).toBe("Let me see. It is so.");
    expect(choices[0]?.finish_reason).toBe("stop");
    expect(usage).toMatchObject({ prompt_tokens: 20, completion_tokens: 10 });
    const [first, second] = upstream.requests.map(({ body }) => JSON.parse(String(body)));
    expect(second.messages).toEqual([
      ...first.messages,
      { role: "assistant", content: [USE, FOUND, { type: "text", text: PAUSED.text }] },
    ]);
    expect(second.stream).toBe(true);
    const emulated = { pair: "openai>anthropic", id: "S10", level: "E" };
    const counted = gateway.runtime.counters.list().map(({ labels }) => labels);
    expect(counted).toContainEqual(emulated);
  });

  test("up to a limit, at which the reply ends and the pause is reported as lost", async () => {
    const { sdk, upstream } = setup((socket, request) => answer(socket, request, PAUSED));
    const { data, response } = await sdk.chat.completions.create(ASK).withResponse();
    expect(upstream.requests.length).toBe(6);
    expect(data.choices[0]?.message.content).toBe(PAUSED.text.repeat(6));
    expect(data.choices[0]?.finish_reason).toBe("stop");
    expect(response.headers.get("x-recloser-loss")).toContain('S10;path="/stop_reason";lvl=D');
    const streamed = await sdk.chat.completions.stream(STREAM).finalChatCompletion();
    expect(upstream.requests.length).toBe(12);
    expect(streamed.choices[0]?.message.content).toBe(PAUSED.text.repeat(6));
  });

  test("no further than the output that the client allows", async () => {
    const { sdk, upstream } = setup((socket, request) => answer(socket, request, PAUSED));
    await sdk.chat.completions.create({ ...ASK, max_tokens: 12 });
    expect(upstream.requests.length).toBe(3);
  });

  test("a round that is refused fails the whole reply, and breaks the stream after what was said", async () => {
    const { sdk } = setup((socket, request, count) => {
      if (count % 2 === 1) answer(socket, request, PAUSED);
      else writeAll(socket, httpReply(400, "application/json", REFUSAL.replace("overloaded", "x")));
    });
    expect(await sdk.chat.completions.create(ASK).catch(String)).toContain("too busy");
    let words = "";
    const read = async (): Promise<void> => {
      for await (const { choices } of await sdk.chat.completions.create(STREAM))
        words += choices[0]?.delta.content ?? "";
    };
    expect(await read().catch(String)).toContain("too busy");
    expect(words).toBe(PAUSED.text);
  });

  test("a client of the same protocol is told of the pause itself", async () => {
    const { gateway, upstream } = setup((socket, request) => answer(socket, request, PAUSED));
    const reply = await fetch(`${gateway.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": "x", "anthropic-version": "2023-06-01" },
      body: '{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}',
    });
    expect(await reply.json()).toMatchObject({ stop_reason: "pause_turn" });
    expect(upstream.requests.length).toBe(1);
  });
});
