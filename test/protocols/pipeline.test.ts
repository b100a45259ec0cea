import { expect, test } from "bun:test";
import type { LossId } from "../../src/ir/loss.ts";
import { COMPAT, type LossPolicy } from "../../src/ir/policy.ts";
import { NOTHING_TO_RESTORE, type Restore } from "../../src/ir/restore.ts";
import type { Req } from "../../src/ir/request.ts";
import { printJson, type Json } from "../../src/lib/json.ts";
import type { Result } from "../../src/lib/result.ts";
import {
  encodeRequest,
  readReply,
  streamFolder,
  streamReply,
  translateReply,
  translateRequest,
} from "../../src/protocols/pipeline.ts";
import { streamTranslator, type ReplyJob } from "../../src/protocols/stream-path.ts";
import type { Codec, EncodedRequest } from "../../src/protocols/protocol.ts";
import type { Frame } from "../../src/wire/frame.ts";
import { jsonDocument, jsonText } from "../support/json-text.ts";
import { clientOf } from "../support/laws.ts";
import { PARTIES } from "../support/parties.ts";

function codecOf(name: string): Codec {
  const party = PARTIES.find((known) => known.name === name);
  if (party === undefined) throw new Error(`no codec for ${name}`);
  return party.codec;
}

function request(body: unknown, policy: LossPolicy): Result<EncodedRequest, unknown> {
  return translateRequest({
    from: codecOf("openai"),
    to: codecOf("anthropic"),
    document: jsonDocument(JSON.stringify(body)),
    context: { model: "m", stream: false, unseal: () => undefined },
    target: { model: "claude", stream: false, vendor: "anthropic", capabilities: {}, profile: {} },
    policy,
  });
}

const AUDIO = {
  model: "m",
  messages: [
    {
      role: "user",
      content: [
        { type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } },
        { type: "text", text: "What is said?" },
      ],
    },
  ],
};

test("a request that would lose content is refused before anything is sent", () => {
  expect(request(AUDIO, COMPAT)).toMatchObject({
    ok: false,
    error: { class: "untranslatable", param: "/messages/0/content/0" },
  });
});

/** A request with a guardrail, as its own dialect's decoder leaves it. */
const GUARDED: Req = {
  model: "m",
  stream: false,
  turns: [
    { role: "user", place: "inline", blocks: [{ kind: "text", text: "Hi" }], path: "/messages/0" },
  ],
  tools: [],
  sampling: {},
  output: {},
  cache: {},
  identity: {},
  ext: [
    {
      dialect: "bedrock",
      path: "/guardrailConfig",
      text: jsonText('{"guardrailIdentifier":"g","guardrailVersion":"1"}'),
      id: "B05",
    },
  ],
  options: {},
  uses: [{ id: "B05", path: "/guardrailConfig" }],
  source: "bedrock",
};

test.each(["openai", "anthropic"])(
  "E323 a guardrail has no place in %s, so the call is refused unless that loss is allowed",
  (name) => {
    const target = { model: "m", stream: false, vendor: name, capabilities: {}, profile: {} };
    const outcome = (policy: LossPolicy) => encodeRequest(GUARDED, codecOf(name), target, policy);
    expect(outcome(COMPAT)).toMatchObject({
      ok: false,
      error: {
        class: "untranslatable",
        losses: [{ id: "B05", path: "/guardrailConfig", level: "X" }],
      },
    });
    const allowed = outcome({ strict: false, allow: new Set<LossId>(["B05"]) });
    expect(allowed.ok && printJson(allowed.value.body)).not.toContain("guardrail");
  },
);

test("it goes out when the loss was allowed by name", () => {
  const allowed = request(AUDIO, { strict: false, allow: new Set<LossId>(["R16"]) });
  expect(allowed.ok ? JSON.parse(printJson(allowed.value.body)) : undefined).toMatchObject({
    messages: [{ role: "user", content: [{ type: "text", text: "What is said?" }] }],
  });
});

test("a request that its own dialect would refuse is refused with its reason", () => {
  expect(request({ model: "m" }, COMPAT)).toMatchObject({
    ok: false,
    error: { class: "invalid", param: "messages" },
  });
});

/** A request of one protocol for a model of another, as plain data, with what it loses. */
function sent(from: string, to: string, body: object): { body: Json; losses: readonly string[] } {
  const document = jsonDocument(JSON.stringify({ model: "m", max_tokens: 9, ...body }));
  const context = { model: "m", stream: false, unseal: () => undefined };
  const decoded = codecOf(from).request.decode(document, context);
  if (!decoded.ok) throw new Error(decoded.error.message);
  const target = { model: "m", stream: false, vendor: to, capabilities: {}, profile: {} };
  const { body: printable, report } = codecOf(to).request.encode(decoded.value, target);
  const losses = report.losses.map(({ id, path, level }) => `${id} ${path} ${level}`);
  return { body: jsonDocument(printJson(printable)).root, losses };
}

test("E055 a PDF in a file of Chat Completions is a document, whose title is the file's name", () => {
  const file = { filename: "report.pdf", file_data: "data:application/pdf;base64,JVBERi0xLjcK" };
  const messages = [{ role: "user", content: [{ type: "file", file }] }];
  expect(sent("openai", "anthropic", { messages })).toMatchObject({
    body: {
      messages: [
        {
          role: "user",
          content: [
            {
              type: "document",
              source: { type: "base64", media_type: "application/pdf", data: "JVBERi0xLjcK" },
              title: "report.pdf",
            },
          ],
        },
      ],
    },
    losses: [],
  });
});

test("E061 a document made of blocks is text for Chat Completions, and what is cited of it is lost", () => {
  const document = {
    type: "document",
    source: { type: "content", content: [{ type: "text", text: "Grass is green." }] },
    title: "Colours",
    citations: { enabled: true },
  };
  const location = {
    type: "content_block_location",
    cited_text: "Grass is green.",
    document_index: 0,
    document_title: "Colours",
    start_block_index: 0,
    end_block_index: 1,
  };
  const messages = [
    { role: "user", content: [document, { type: "text", text: "Which?" }] },
    { role: "assistant", content: [{ type: "text", text: "Green.", citations: [location] }] },
    { role: "user", content: "Sure?" },
  ];
  const made = sent("anthropic", "openai", { messages });
  expect(made.body).toMatchObject({
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "[file: Colours]\nGrass is green." },
          { type: "text", text: "Which?" },
        ],
      },
      { role: "assistant", content: "Green." },
      { role: "user", content: "Sure?" },
    ],
  });
  expect(made.losses.toSorted()).toEqual([
    "R13 /messages/0/content/0 D",
    "R15 /messages/0/content/0/citations X",
    "S07b /messages/1/content/0/citations/0 X",
  ]);
});

/** A turn in which the server searched. */
const SEARCH = {
  use: { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "q" } },
  found: {
    type: "web_search_tool_result",
    tool_use_id: "srvtoolu_1",
    content: [
      {
        type: "web_search_result",
        url: "https://a.test/1",
        title: "One",
        encrypted_content: "ENCRYPTED",
      },
    ],
  },
  answer: {
    type: "text",
    text: "It is so.",
    citations: [
      {
        type: "web_search_result_location",
        url: "https://a.test/1",
        title: "One",
        encrypted_index: "ENCRYPTED",
        cited_text: "so",
      },
    ],
  },
} as const;

const OTHERS = PARTIES.map(({ name }) => name).filter((name) => name !== "anthropic");

function searched(to: string, content: readonly object[]): ReturnType<typeof sent> {
  const messages = [
    { role: "user", content: "Is it so?" },
    { role: "assistant", content },
    { role: "user", content: "Sure?" },
  ];
  return sent("anthropic", to, { messages });
}

test.each(OTHERS)("E140 a server's call goes with its result, and that is told: %s", (to) => {
  const { use, found } = SEARCH;
  const { body, losses } = searched(to, [use, found, { type: "text", text: "It is so." }]);
  expect(JSON.stringify(body)).not.toMatch(/srvtoolu_1|web_search|ENCRYPTED|a\.test/);
  expect(JSON.stringify(body)).toContain("It is so.");
  expect(losses).toContain("S06 /messages/1/content/0 X");
  expect(losses).toContain("S06 /messages/1/content/1 X");
});

test.each(OTHERS)(
  "E337 a citation of a search goes with the search, also where its result is missing: %s",
  (to) => {
    const { use, answer } = SEARCH;
    const { body, losses } = searched(to, [use, answer]);
    expect(JSON.stringify(body)).not.toMatch(/srvtoolu_1|web_search|ENCRYPTED|a\.test/);
    expect(JSON.stringify(body)).toContain("It is so.");
    expect(losses).toContain("S06 /messages/1/content/0 X");
    expect(losses).toContain("S07a /messages/1/content/1/citations/0 X");
  },
);

/** From an OpenAI upstream to an Anthropic client. */
function job(restore: Restore = NOTHING_TO_RESTORE): ReplyJob {
  return {
    from: codecOf("openai"),
    to: codecOf("anthropic"),
    origin: { vendor: "openai", model: "gpt" },
    client: clientOf(),
    restore,
  };
}

const CALL = { id: "call_1", type: "function", function: { name: "f_1", arguments: '{"a":1}' } };

function reply(message: object, reason: string): object {
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "gpt-4o",
    choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: reason }],
    usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
  };
}

test("calls of a reply get the caller's names back and are why it stopped", () => {
  const document = jsonDocument(
    JSON.stringify(reply({ content: null, tool_calls: [CALL] }, "stop")),
  );
  const restore = { toolNames: new Map([["f_1", "f.1"]]), wrapped: new Set<string>() };
  const translated = translateReply(job(restore), document);
  expect(
    translated.ok ? JSON.parse(printJson(translated.value.body)) : translated.error,
  ).toMatchObject({
    content: [{ type: "tool_use", id: "call_1", name: "f.1", input: { a: 1 } }],
    stop_reason: "tool_use",
    usage: { input_tokens: 3, output_tokens: 4 },
  });
});

test("an error in disguise is a failure", () => {
  const document = jsonDocument('{"error":{"message":"no quota","type":"insufficient_quota"}}');
  expect(translateReply(job(), document)).toMatchObject({
    ok: false,
    error: { message: "no quota" },
  });
});

function chunk(delta: object, reason: string | null = null, extra: object = {}): Frame {
  const data = {
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1,
    model: "gpt-4o",
    choices: [{ index: 0, delta, finish_reason: reason }],
    ...extra,
  };
  return { kind: "sse", event: undefined, data: JSON.stringify(data) };
}

const DONE: Frame = { kind: "sse", event: undefined, data: "[DONE]" };
const USAGE = { choices: [], usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 } };

function names(frames: readonly Frame[]): readonly (string | undefined)[] {
  const events = frames.flatMap((frame) => (frame.kind === "sse" ? [frame.event] : []));
  return events.filter((name) => name !== "ping");
}

test("a stream tells when content has begun and when it is complete", () => {
  const translator = streamTranslator(job());
  const opening = translator.push(chunk({ role: "assistant", content: "" }));
  expect(opening).toMatchObject({ content: false, terminal: false });
  const first = translator.push(chunk({ content: "Hi" }));
  expect(first).toMatchObject({ content: true, terminal: false });
  translator.push(chunk({}, "stop"));
  translator.push(chunk({}, null, USAGE));
  const last = translator.push(DONE);
  expect(last).toMatchObject({ content: true, terminal: true });
  expect(last.failure).toBeUndefined();
  expect(names(last.frames)).toEqual(["message_delta", "message_stop"]);
  expect(translator.usage()).toMatchObject({ inFresh: 3, output: 4 });
  expect(translator.end({ class: "network", message: "reset" })).toMatchObject({
    frames: [],
    terminal: true,
  });
});

test("a stream that the transport cut is an error to the client, with the usage known so far", () => {
  const translator = streamTranslator(job());
  translator.push(chunk({ role: "assistant", content: "Hi" }));
  translator.push(chunk({}, null, USAGE));
  const last = translator.end({ class: "timeout", message: "the upstream fell silent" });
  expect(last.failure).toEqual({ class: "timeout", message: "the upstream fell silent" });
  expect(last.terminal).toBe(false);
  expect(names(last.frames)).toEqual(["error"]);
  expect(translator.usage()).toMatchObject({ inFresh: 3, output: 4 });
});

test("E242 of a stream that is aborted the last known usage is known, and that it is not complete", () => {
  const event = (type: string, body: object): Frame => ({
    kind: "sse",
    event: type,
    data: JSON.stringify({ type, ...body }),
  });
  const message = { id: "msg_1", type: "message", role: "assistant", model: "c", content: [] };
  const delta = { type: "text_delta", text: "Hi" };
  for (const to of ["openai", "gemini", "bedrock"]) {
    const translator = streamTranslator({
      ...job(),
      from: codecOf("anthropic"),
      to: codecOf(to),
      origin: { vendor: "anthropic", model: "c" },
    });
    const usage = { input_tokens: 3, cache_read_input_tokens: 2, output_tokens: 1 };
    translator.push(event("message_start", { message: { ...message, usage } }));
    translator.push(
      event("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
    );
    // The client leaves here: nobody ends the stream, and what was counted so far counts.
    const last = translator.push(event("content_block_delta", { index: 0, delta }));
    expect(last.terminal).toBe(false);
    expect(translator.usage()).toMatchObject({ inFresh: 3, cacheRead: 2, output: 1 });
    // The upstream's word on the end comes too late to be heard whole.
    translator.push(event("content_block_stop", { index: 0 }));
    const ended = { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 9 } };
    translator.push(event("message_delta", ended));
    const cut = translator.end({ class: "network", message: "reset" });
    expect(cut).toMatchObject({ terminal: false, failure: { class: "network" } });
    expect(translator.usage()).toMatchObject({ inFresh: 3, cacheRead: 2, output: 9 });
  }
});

test("a stream that is over without its end is an error even when the body ended cleanly", () => {
  const translator = streamTranslator(job());
  translator.push(chunk({ role: "assistant", content: "Hi" }));
  expect(translator.end().failure).toMatchObject({
    class: "bad-upstream-reply",
    message: "stream ended early",
  });
});

test("a stream reports what its features cost", () => {
  const translator = streamTranslator(job());
  translator.push(chunk({ role: "assistant", content: "Hi" }));
  expect(translator.report().losses).toContainEqual({ id: "S14c", path: "/created", level: "X" });
});

test("a stream becomes one document for a client that asked for none", () => {
  const folder = streamFolder(job());
  for (const frame of [chunk({ role: "assistant", content: "Hi" }), chunk({}, "length"), DONE])
    folder.push(frame);
  const folded = folder.end();
  expect(folded).toMatchObject({
    ok: true,
    value: { candidates: [{ blocks: [{ kind: "text", text: "Hi" }], stop: { class: "length" } }] },
  });
  expect(streamFolder(job()).end()).toMatchObject({
    ok: false,
    error: { message: "stream ended early" },
  });
});

test("a document becomes a stream for a client that asked for one", () => {
  const document = jsonDocument(JSON.stringify(reply({ content: "Hi" }, "stop")));
  const whole = readReply(job(), document);
  if (!whole.ok) throw new Error(whole.error.message);
  const streamed = streamReply(job(), whole.value);
  expect(streamed).toMatchObject({ content: true, terminal: true });
  expect(names(streamed.frames)).toEqual([
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
  ]);
});
