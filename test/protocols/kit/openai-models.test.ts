// Model lists as OpenAI's clients read them.
import { expect, test } from "bun:test";
import OpenAI from "openai";
import { printJson } from "../../../src/lib/json.ts";
import { list, one } from "../../../src/protocols/kit/openai-models.ts";

test("the SDK lists the models", async () => {
  const entries = [
    { id: "fast", created: 1, contextWindow: 8, maxOutput: 4 },
    { id: "b", created: 1 },
  ];
  const listed = list(entries);
  const body = listed.ok ? printJson(listed.value) : "";
  const reply = (): Promise<Response> =>
    Promise.resolve(
      new Response(body, {
        headers: { "content-type": "application/json" },
      }),
    );
  const fetch = Object.assign(reply, { preconnect: () => undefined });
  const client = new OpenAI({ apiKey: "k", baseURL: "http://x.test/v1", fetch });
  const ids: string[] = [];
  for await (const model of client.models.list())
    ids.push(`${model.id} ${model.object} ${model.owned_by}`);
  expect(ids).toEqual(["fast model recloser", "b model recloser"]);
});

test("a model says what is known of it and nothing else", () => {
  expect(printJson(one({ id: "b", created: 7 }))).toBe(
    '{"id":"b","object":"model","created":7,"owned_by":"recloser"}',
  );
});
