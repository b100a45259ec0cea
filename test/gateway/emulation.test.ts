// What the gateway does itself where the upstream cannot: stop sequences, several candidates, silence bridged.
import { afterEach, expect, test } from "bun:test";
import { seal } from "../../src/ir/opaque.ts";
import { claudeUpstreams, ending, opening, said, whole } from "../support/claude-upstream.ts";
import { chunk, chunkedHead, httpReply, LAST_CHUNK, writeAll } from "../support/gateway.ts";

const { setup, close } = claudeUpstreams();
afterEach(close);

const ASK = { model: "m", messages: [{ role: "user" as const, content: "go" }] };

test("E218 three candidates of an upstream that gives one are three calls, merged, with usage summed", async () => {
  const { upstream, sdk } = setup((socket, _, count) =>
    writeAll(socket, httpReply(200, "application/json", whole(`answer ${count}`, count))),
  );
  const { data, response } = await sdk.chat.completions.create({ ...ASK, n: 3 }).withResponse();
  expect(upstream.requests.length).toBe(3);
  expect(data.choices.map(({ index }) => index)).toEqual([0, 1, 2]);
  expect(new Set(data.choices.map(({ message }) => message.content))).toEqual(
    new Set(["answer 1", "answer 2", "answer 3"]),
  );
  expect(data.usage).toMatchObject({ prompt_tokens: 30, completion_tokens: 6 });
  expect(response.headers.get("x-recloser-emulated")).toBe('R55;path="/n"');
});

test("streamed candidates of several calls come in one stream, each under its index", async () => {
  const { sdk } = setup((socket, _, count) => {
    const stream = opening() + said(`answer `) + said(String(count)) + ending(count);
    writeAll(
      socket,
      Buffer.concat([
        Buffer.from(chunkedHead("text/event-stream")),
        chunk(stream),
        Buffer.from(LAST_CHUNK),
      ]),
    );
  });
  const stream = sdk.chat.completions.stream({
    ...ASK,
    n: 3,
    stream_options: { include_usage: true },
  });
  const { choices, usage } = await stream.finalChatCompletion();
  expect(new Set(choices.map(({ message }) => message.content))).toEqual(
    new Set(["answer 1", "answer 2", "answer 3"]),
  );
  expect(choices.map(({ finish_reason }) => finish_reason)).toEqual(["stop", "stop", "stop"]);
  expect(usage).toMatchObject({ prompt_tokens: 30, completion_tokens: 6 });
});

test("one of several calls that fails fails the whole, and the others are given up", async () => {
  const { sdk, upstream } = setup((socket, _, count) => {
    if (count === 2)
      writeAll(
        socket,
        httpReply(
          400,
          "application/json",
          '{"type":"error","error":{"type":"invalid_request_error","message":"no"}}',
        ),
      );
    else writeAll(socket, httpReply(200, "application/json", whole("fine", 1)));
  });
  const thrown = await sdk.chat.completions.create({ ...ASK, n: 3 }).catch(String);
  expect(thrown).toContain("400 no");
  expect(upstream.requests.length).toBe(3);
});

test("a stop sequence that the upstream refuses ends the stream here, and the upstream is left", async () => {
  const { sdk, upstream } = setup((socket) => {
    socket.write(chunkedHead("text/event-stream"));
    // It goes on for ever, unless somebody hangs up.
    writeAll(socket, chunk(opening() + said("one\n") + said("\ntwo")));
  });
  const stream = sdk.chat.completions.stream({ ...ASK, stop: ["\n\n"] });
  const { choices } = await stream.finalChatCompletion();
  expect(choices[0]?.message.content).toBe("one");
  expect(choices[0]?.finish_reason).toBe("stop");
  while (upstream.closed() === 0) await Bun.sleep(1);
  expect(upstream.closed()).toBe(1);
});

test("a stop sequence that the upstream refuses ends a whole reply as well", async () => {
  const { sdk } = setup((socket) =>
    writeAll(socket, httpReply(200, "application/json", whole("one\n\ntwo", 5))),
  );
  const { data, response } = await sdk.chat.completions
    .create({ ...ASK, stop: ["\n\n"] })
    .withResponse();
  expect(data.choices[0]?.message.content).toBe("one");
  expect(data.usage?.completion_tokens).toBe(5);
  expect(response.headers.get("x-recloser-emulated")).toBe('R53;path="/stop"');
});

test("E184 reasoning that its maker refuses is left out, once, and the call goes on", async () => {
  const refusal = JSON.stringify({
    type: "error",
    error: {
      type: "invalid_request_error",
      message: "messages.1.content.0: Invalid `signature` in `thinking` block",
    },
  });
  const { sdk, upstream, gateway } = setup((socket, { body }) => {
    const signed = body.includes('"signature"');
    if (signed) writeAll(socket, httpReply(400, "application/json", refusal));
    else writeAll(socket, httpReply(200, "application/json", whole("fine", 1)));
  });
  const token = {
    vendor: "anthropic",
    model: "claude-sonnet-4-5",
    kind: "signature",
    data: "c2lnbmF0dXJl",
  } as const;
  const history = {
    role: "assistant" as const,
    content: "4",
    reasoning_details: [
      {
        type: "reasoning.text",
        text: "2 + 2",
        signature: seal(token, gateway.runtime.sealKey),
        format: "anthropic-claude-v1",
      },
    ],
  };
  const { data, response } = await sdk.chat.completions
    .create({
      model: "m",
      messages: [{ role: "user", content: "2 + 2?" }, history, { role: "user", content: "and 3?" }],
    })
    .withResponse();
  expect(data.choices[0]?.message.content).toBe("fine");
  expect(upstream.requests.length).toBe(2);
  expect(response.headers.get("x-recloser-loss")).toContain('R62;path="/messages/1";lvl=X');
});
