// A vendor's variant of a body: Claude on Vertex has the model in its path and the version in the body
// (https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude).
import { expect, test } from "bun:test";
import { patchBody } from "../../src/gateway/body-patch.ts";
import { httpReply, startGateway, startUpstream } from "../support/gateway.ts";

const VERTEX = { drop: ["model"], add: { anthropic_version: "vertex-2023-10-16" } };

function patched(text: string, patch: Parameters<typeof patchBody>[1]): string {
  return new TextDecoder().decode(patchBody(new TextEncoder().encode(text), patch));
}

test("drops and adds members, and keeps the spelling of the others", () => {
  expect(
    patched('{"model":"claude-x","temperature":1.0,"seed":12345678901234567890}', VERTEX),
  ).toBe('{"anthropic_version":"vertex-2023-10-16","temperature":1.0,"seed":12345678901234567890}');
});

test("what the client says itself stands", () => {
  expect(patched('{"anthropic_version":"newer"}', VERTEX)).toBe('{"anthropic_version":"newer"}');
});

test.each(["", "[1]", "{"])("leaves %j alone", (text) => {
  expect(patched(text, VERTEX)).toBe(text);
});

test("leaves every body alone without a patch", () => {
  expect(patched('{ "model": "x" }', undefined)).toBe('{ "model": "x" }');
});

test("reaches the upstream of a catalogue entry that needs it", async () => {
  const bodies: string[] = [];
  const upstream = startUpstream((socket, request) => {
    bodies.push(new TextDecoder().decode(request.body));
    socket.write(httpReply(200, "application/json", "{}"));
  });
  const gateway = startGateway(`
auth: { mode: none }
providers:
  vertex-claude: { base_url: "http://127.0.0.1:${upstream.port}", api_key: k, project: p, location: l }
models:
  m: { provider: vertex-claude, model: claude-x }
`);
  const reply = await fetch(`${gateway.url}/v1/messages`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"model":"m","max_tokens":5,"messages":[]}',
  });
  await gateway.stop();
  upstream.stop();
  expect(reply.status).toBe(200);
  expect(bodies).toEqual([
    '{"anthropic_version":"vertex-2023-10-16","max_tokens":5,"messages":[]}',
  ]);
});
