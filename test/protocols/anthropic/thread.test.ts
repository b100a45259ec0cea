// What the SDK's threads get from providers that hold none (@anthropic-ai/sdk, lib/internal/threads/ThreadState).
import { afterAll, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { betaTool } from "@anthropic-ai/sdk/helpers/beta/json-schema";
import { errorDetails, heldElsewhere } from "../../../src/protocols/anthropic/thread.ts";
import { startMock } from "../../../src/mock/mock.ts";
import { startGateway } from "../../support/gateway.ts";

test("a new conversation is no obstacle, one that is held elsewhere has to be sent whole", () => {
  expect(heldElsewhere({})).toBeUndefined();
  expect(heldElsewhere({ thread: null })).toBeUndefined();
  expect(heldElsewhere({ thread: { type: "create" } })).toBeUndefined();
  const failure = heldElsewhere({ thread: { type: "continue", previous_message_id: "msg_1" } });
  expect(failure).toMatchObject({ class: "untranslatable", code: "thread_not_found" });
  expect(failure?.message).toContain("'msg_1'");
  expect(failure && errorDetails(failure)).toEqual({ error_code: "thread_not_found" });
  expect(errorDetails({ class: "invalid", message: "x" })).toBeUndefined();
});

const mock = startMock();
const gateway = startGateway(`
providers: { oc: { protocol: openai, base_url: "${mock.url}/v1", api_key: mock-key } }
models: { gpt: { provider: oc, model: mock-small } }
`);
afterAll(async () => {
  await gateway.stop();
  mock.stop();
});

test("the tool runner works through a provider of another protocol", async () => {
  const client = new Anthropic({ apiKey: "k", baseURL: gateway.url, maxRetries: 0 });
  const inputSchema = {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
  } as const;
  const message = await client.beta.messages.toolRunner({
    model: "gpt",
    max_tokens: 1000,
    messages: [{ role: "user", content: "use the tool" }],
    tools: [
      betaTool({ name: "w", description: "d", inputSchema, run: ({ city }) => `18 in ${city}` }),
    ],
  });
  expect(message.content).toMatchObject([{ type: "text", text: "The tool answered: 18 in mock" }]);
});
