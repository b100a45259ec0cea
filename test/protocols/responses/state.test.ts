// Kept conversations: what requests refer to, what is kept, and what is answered. Expected documents are written by hand
// after the vendor's API reference ("Responses", "Conversations").
import { describe, expect, test } from "bun:test";
import { parseJson, printJson, type JsonDocument } from "../../../src/lib/json.ts";
import { state } from "../../../src/protocols/responses/state.ts";
import type { Resolution, StateAnswer, StateView } from "../../../src/protocols/state.ts";

function view(): StateView & { readonly records: Map<string, string> } {
  const records = new Map<string, string>();
  return {
    records,
    get: (kind, id) => records.get(`${kind} ${id}`),
    put: (added) => {
      for (const { kind, id, text } of added) records.set(`${kind} ${id}`, text);
    },
    remove: (kind, id) => records.delete(`${kind} ${id}`),
  };
}

function doc(text: string): JsonDocument {
  const parsed = parseJson(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

let ids = 0;
const newId = (): string => `${++ids}`;
const isSealed = (text: string): boolean => text.startsWith("SEALED");

function resolve(store: StateView, body: object | string, chat = true): Resolution {
  const document = doc(typeof body === "string" ? body : JSON.stringify(body));
  const resolved = state.resolve(document, { view: store, chat, isSealed, newId });
  if (!resolved.ok) throw new Error(resolved.error.message);
  return resolved.value;
}

const passed = (resolution: Resolution): unknown => JSON.parse(printJson(resolution.whole?.passed));
const decoded = (resolution: Resolution): unknown =>
  JSON.parse(printJson(resolution.whole?.decoded));

const CALL = {
  type: "function_call",
  id: "fc_1",
  call_id: "call_1",
  name: "f",
  arguments: '{"a": 1}',
  status: "completed",
};
const REASONING = { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "ENC" };
const SAID = {
  type: "message",
  id: "msg_1",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text: "Hi", annotations: [] }],
};
const reply = (id: string, output: readonly object[]): JsonDocument =>
  doc(JSON.stringify({ id, object: "response", status: "completed", output, store: false }));

describe("references", () => {
  test("a request without any is left alone, and kept", () => {
    const resolution = resolve(view(), { model: "m", input: "Hello" });
    expect(resolution.whole).toBeUndefined();
    expect(resolution.missing).toBeUndefined();
    expect(resolution.keep).toBeDefined();
  });

  test("a chain of three turns becomes one list, without the instructions of earlier turns", () => {
    const store = view();
    resolve(store, { model: "m", input: "One", instructions: "Old" }).keep?.(
      reply("resp_1", [REASONING, CALL]),
    );
    const result = { type: "function_call_output", call_id: "call_1", output: "2" };
    const second = resolve(store, {
      model: "m",
      previous_response_id: "resp_1",
      input: [result],
    });
    const history = [
      { type: "message", role: "user", content: "One" },
      { type: "reasoning", summary: [], encrypted_content: "ENC" },
      {
        type: "function_call",
        call_id: "call_1",
        name: "f",
        arguments: '{"a": 1}',
        status: "completed",
      },
      result,
    ];
    expect(decoded(second)).toEqual({ model: "m", input: history });
    expect(passed(second)).toEqual({
      model: "m",
      store: false,
      include: ["reasoning.encrypted_content"],
      input: history,
    });
    second.keep?.(reply("resp_2", [SAID]));
    const { id: _id, ...said } = SAID;
    const third = resolve(store, { previous_response_id: "resp_2", input: "Three" });
    expect(decoded(third)).toEqual({
      input: [...history, said, { type: "message", role: "user", content: "Three" }],
    });
  });

  test("numbers and members keep their spelling", () => {
    const store = view();
    resolve(
      store,
      '{"input":[{"role":"user","content":"x","n":1.0,"big":12345678901234567890}]}',
    ).keep?.(reply("resp_1", []));
    const whole = resolve(store, '{"t":1.50,"previous_response_id":"resp_1","input":"y"}').whole;
    expect(printJson(whole?.decoded)).toBe(
      '{"t":1.50,"input":[{"role":"user","content":"x","n":1.0,"big":12345678901234567890},' +
        '{"type":"message","role":"user","content":"y"}]}',
    );
  });

  test("a vendor gets no reasoning that it cannot prove, and no envelope", () => {
    const store = view();
    resolve(store, { input: "x" }).keep?.(
      reply("resp_1", [
        { ...REASONING, encrypted_content: "SEALED" },
        { type: "reasoning", id: "rs_2", summary: [] },
        SAID,
      ]),
    );
    const next = resolve(store, { previous_response_id: "resp_1", input: "y" });
    const types = (body: unknown): unknown =>
      Object(body).input.map((entry: { type: string }) => entry.type);
    expect(types(passed(next))).toEqual(["message", "message", "message"]);
    expect(types(decoded(next))).toEqual([
      "message",
      "reasoning",
      "reasoning",
      "message",
      "message",
    ]);
  });

  test("named items stand where they were named, with or without a type", () => {
    const store = view();
    resolve(store, { input: "x" }).keep?.(reply("resp_1", [SAID, CALL]));
    const input = [{ type: "item_reference", id: "msg_1" }, { id: "fc_1" }];
    const { id: _said, ...said } = SAID;
    const { id: _call, ...call } = CALL;
    expect(decoded(resolve(store, { input }))).toEqual({ input: [said, call] });
  });

  test("an unknown id is said to be missing, and the exchange is not kept", () => {
    const unknown = resolve(view(), { input: "x", previous_response_id: "resp_9" });
    expect(unknown).toEqual({
      missing: {
        class: "invalid",
        message: "Previous response with id 'resp_9' not found.",
        param: "previous_response_id",
        code: "previous_response_not_found",
      },
    });
    expect(resolve(view(), { input: [{ type: "item_reference", id: "i" }] }).missing?.code).toBe(
      "item_not_found",
    );
    expect(resolve(view(), { input: "x", conversation: "c" }).missing?.code).toBe(
      "conversation_not_found",
    );
  });

  test("a history with a gap is none", () => {
    const store = view();
    resolve(store, { input: "x" }).keep?.(reply("resp_1", [SAID]));
    store.remove("item", "msg_1");
    expect(resolve(store, { input: "y", previous_response_id: "resp_1" }).missing).toBeDefined();
  });

  test("a count gets the history and none of the members of a reply", () => {
    const store = view();
    resolve(store, { input: "x" }).keep?.(reply("resp_1", [REASONING]));
    const count = resolve(store, { input: "y", previous_response_id: "resp_1" }, false);
    expect(count.keep).toBeUndefined();
    expect(Object.keys(Object(passed(count)))).toEqual(["input"]);
  });

  test("an id that is said anew with other words does not change what was said", () => {
    const store = view();
    resolve(store, { input: "x" }).keep?.(reply("resp_1", [SAID]));
    const forged = { ...SAID, content: "Something else" };
    resolve(store, { input: [forged] }).keep?.(reply("resp_2", []));
    expect(store.get("item", "msg_1")).toBe(JSON.stringify(SAID));
  });

  test("what runs in the background is the vendor's to keep", () => {
    const store = view();
    const body = { input: "x", background: true };
    resolve(store, body).keep?.(doc('{"id":"resp_1","status":"queued","output":[]}'));
    expect(store.get("response", "resp_1")).toBeUndefined();
    resolve(store, { input: "x" }).keep?.(reply("resp_2", []));
    const next = resolve(store, { ...body, previous_response_id: "resp_2" });
    expect(passed(next)).not.toHaveProperty("store");
  });

  test("both kinds of history at once are a contradiction", () => {
    const both = doc('{"previous_response_id":"a","conversation":"b","input":"x"}');
    const context = { view: view(), chat: true, isSealed, newId };
    expect(state.resolve(both, context)).toMatchObject({ ok: false, error: { class: "invalid" } });
  });
});

describe("requests about what is kept", () => {
  function ask(
    store: StateView,
    method: string,
    url: string,
    body?: object,
  ): {
    status: string;
    body?: unknown;
    frames?: Extract<StateAnswer, { kind: "stream" }>["frames"];
  } {
    const [path = "", query] = url.split("?");
    const document = body === undefined ? undefined : doc(JSON.stringify(body));
    const at = { method, path, query: new URLSearchParams(query), document, now: 7, newId };
    const answered = state.answer(at, store);
    if (!answered.ok) return { status: answered.error.class, body: answered.error.message };
    return answered.value.kind === "stream"
      ? { status: "ok", frames: answered.value.frames }
      : { status: "ok", body: JSON.parse(printJson(answered.value.body)) };
  }

  function kept(): StateView {
    const store = view();
    resolve(store, { input: ["a", "b", "c"].map((content) => ({ role: "user", content })) }).keep?.(
      reply("resp_1", [SAID]),
    );
    return store;
  }

  test("which paths these are", () => {
    const paths = [
      "/v1/responses/resp_1",
      "/responses/v1/responses/resp_1/input_items",
      "/v1/responses/resp_1/cancel",
      "/v1/conversations",
      "/v1/conversations/c/items/i",
    ];
    expect(paths.filter((path) => !state.owns(path))).toEqual([]);
    const others = ["/v1/responses", "/v1/responses/compact", "/v1/files/f", "/v1/responses/a/b"];
    expect(others.filter(state.owns)).toEqual([]);
  });

  test("a reply is retrieved as it was, but for what only the gateway knows", () => {
    const store = kept();
    resolve(store, { previous_response_id: "resp_1", input: "y" }).keep?.(reply("resp_2", []));
    expect(ask(store, "GET", "/v1/responses/resp_1").body).toEqual({
      id: "resp_1",
      object: "response",
      status: "completed",
      output: [SAID],
      store: true,
      previous_response_id: null,
    });
    expect(ask(store, "GET", "/v1/responses/resp_2").body).toMatchObject({
      previous_response_id: "resp_1",
    });
  });

  test("input items come in pages, the newest first unless asked otherwise", () => {
    const store = kept();
    const texts = (url: string): unknown =>
      Object(ask(store, "GET", url).body).data.map(
        (entry: { content: { text: string }[] }) => entry.content[0]?.text,
      );
    const at = "/v1/responses/resp_1/input_items";
    expect(texts(at)).toEqual(["c", "b", "a"]);
    expect(texts(`${at}?order=asc&limit=2`)).toEqual(["a", "b"]);
    const first = Object(ask(store, "GET", `${at}?order=asc&limit=2`).body);
    expect(first).toMatchObject({ object: "list", has_more: true, last_id: first.data[1].id });
    expect(first.data[0]).toMatchObject({ type: "message", role: "user", status: "completed" });
    expect(texts(`${at}?order=asc&after=${first.last_id}`)).toEqual(["c"]);
    expect(ask(store, "GET", `${at}?limit=0`).status).toBe("invalid");
    expect(ask(store, "GET", `${at}?order=up`).status).toBe("invalid");
    expect(ask(store, "GET", `${at}?after=nothing`).status).toBe("invalid");
  });

  test("a deleted reply is gone; cancelling makes no sense; unknown ids and methods are told", () => {
    const store = kept();
    expect(ask(store, "POST", "/v1/responses/resp_1/cancel").status).toBe("invalid");
    expect(ask(store, "PUT", "/v1/responses/resp_1").status).toBe("method-not-allowed");
    expect(ask(store, "DELETE", "/v1/responses/resp_1").body).toEqual({
      id: "resp_1",
      object: "response",
      deleted: true,
    });
    expect(ask(store, "GET", "/v1/responses/resp_1").status).toBe("not-found");
    expect(ask(store, "POST", "/v1/responses/resp_1/cancel").status).toBe("not-found");
  });

  test("a stream of a kept reply holds all of it, and may begin later", () => {
    const store = view();
    const output = [
      { ...REASONING, summary: [{ type: "summary_text", text: "Hm" }] },
      SAID,
      CALL,
      { type: "custom_tool_call", id: "ctc_1", call_id: "c", name: "x", input: "in" },
      { type: "web_search_call", id: "ws_1", status: "completed" },
      { ...SAID, id: "msg_2", content: [{ type: "refusal", refusal: "No" }] },
    ];
    resolve(store, { input: "x" }).keep?.(reply("resp_1", output));
    const { frames = [] } = ask(store, "GET", "/v1/responses/resp_1?stream=true");
    const events = frames.map((frame) => JSON.parse(frame.kind === "sse" ? frame.data : "null"));
    expect(events.map((event) => event.sequence_number)).toEqual([...events.keys()]);
    const deltas = events.filter(({ type }) => type.endsWith(".delta"));
    expect(deltas.map(({ delta }) => delta)).toEqual(["Hm", "Hi", '{"a": 1}', "in", "No"]);
    expect(events.at(-1)).toMatchObject({ type: "response.completed", response: { output } });
    const last = frames.at(-1);
    expect(last && state.finished(last)).toContain('"resp_1"');
    expect(frames[0] && state.finished(frames[0])).toBeUndefined();
    const later = ask(store, "GET", "/v1/responses/resp_1?stream=true&starting_after=3").frames;
    expect(later).toEqual(frames.slice(4));
  });

  test("a conversation grows with every reply", () => {
    const store = view();
    const made = ask(store, "POST", "/v1/conversations", {
      metadata: { k: "v" },
      items: [{ role: "user", content: "First" }],
    }).body;
    const { id } = Object(made);
    expect(made).toEqual({ id, object: "conversation", created_at: 7, metadata: { k: "v" } });
    const call = resolve(store, { conversation: { id }, input: "Second" });
    expect(Object(decoded(call)).input.map((entry: { content: string }) => entry.content)).toEqual([
      "First",
      "Second",
    ]);
    call.keep?.(reply("resp_1", [SAID]));
    const at = `/v1/conversations/${id}`;
    const listed = Object(ask(store, "GET", `${at}/items?order=asc`).body);
    expect(listed.data).toHaveLength(3);
    expect(listed.data[2]).toEqual(SAID);
    expect(Object(ask(store, "GET", "/v1/responses/resp_1").body).conversation).toEqual({ id });
    expect(ask(store, "GET", `${at}/items/msg_1`).body).toEqual(SAID);
    expect(ask(store, "DELETE", `${at}/items/msg_1`).body).toMatchObject({ id });
    expect(ask(store, "GET", `${at}/items/msg_1`).status).toBe("not-found");
    const more = { items: [{ role: "user", content: "Third" }] };
    expect(Object(ask(store, "POST", `${at}/items`, more).body).data).toHaveLength(1);
    expect(ask(store, "POST", at, { metadata: { k: "w" } }).body).toMatchObject({
      metadata: { k: "w" },
    });
    expect(ask(store, "GET", at).body).toMatchObject({ id, metadata: { k: "w" } });
    expect(ask(store, "POST", `${at}/items`, { items: "x" }).status).toBe("invalid");
    expect(ask(store, "DELETE", at).body).toMatchObject({ deleted: true });
    expect(ask(store, "GET", at).status).toBe("not-found");
    expect(resolve(store, { conversation: id, input: "x" }).missing).toBeDefined();
  });
});
