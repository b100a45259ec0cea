// Which model a reply names, when the client asked for an alias of it.
import { afterEach, expect, test } from "bun:test";
import { claudeUpstreams, ending, opening, said, whole } from "../support/claude-upstream.ts";
import { chunk, chunkedHead, httpReply, LAST_CHUNK, writeAll } from "../support/gateway.ts";

const { setup, close } = claudeUpstreams();
afterEach(close);

test.each([
  ["", "claude-sonnet-4-5"],
  ["reply_model: upstream", "claude-sonnet-4-5"],
  ["reply_model: requested", "my-alias"],
])("E335 with %j a reply names %s, whole and streamed", async (setting, expected) => {
  const { sdk } = setup((socket, { body }) => {
    const asked = JSON.parse(String(body));
    expect(asked.model).toBe("claude-sonnet-4-5");
    const stream = [
      Buffer.from(chunkedHead("text/event-stream")),
      chunk(opening() + said("hi") + ending(1)),
      Buffer.from(LAST_CHUNK),
    ];
    const isStream = asked.stream === true;
    writeAll(
      socket,
      isStream ? Buffer.concat(stream) : httpReply(200, "application/json", whole("hi", 1)),
    );
  }, `aliases: { my-alias: m }\n${setting}\n`);
  const ask = { model: "my-alias", messages: [{ role: "user" as const, content: "go" }] };
  expect((await sdk.chat.completions.create(ask)).model).toBe(expected);
  const models = new Set<string>();
  for await (const { model } of await sdk.chat.completions.create({ ...ask, stream: true }))
    models.add(model);
  expect([...models]).toEqual([expected]);
});
