// Requests about conversations that the gateway keeps: retrieve, list, delete.
import { parseBody } from "../gateway/call.ts";
import { createFramer } from "../gateway/frames.ts";
import { refuse } from "../gateway/refuse.ts";
import type { Runtime } from "../gateway/runtime.ts";
import type { StateStore } from "../gateway/state-store.ts";
import { concat } from "../lib/bytes.ts";
import { printJson } from "../lib/json.ts";
import type { Failure } from "../ir/failure.ts";
import type { Protocol } from "../protocols/protocol.ts";

/** A request after its sender was authenticated. */
export type StateRequest = {
  readonly runtime: Runtime;
  readonly protocol: Protocol;
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: Uint8Array;
  readonly tenant: string;
};

/** Answers it. `elsewhere`: asks somebody who may know what is not kept here. */
export async function answerState(
  request: StateRequest,
  store: StateStore,
  elsewhere: (() => Promise<Response>) | undefined,
): Promise<Response> {
  const { runtime, protocol, id, method, path, query, body, tenant } = request;
  const refused = (failure: Failure): Response =>
    refuse(failure, { protocol, requestId: id, headers: {}, culprit: "caller" });
  const document = body.byteLength === 0 ? undefined : parseBody(body);
  if (document?.ok === false) return refused(document.error);
  const ask = {
    method,
    path,
    query: new URLSearchParams(query),
    document: document?.value,
    now: Math.floor(runtime.wallNow() / 1000),
    newId: runtime.newId,
  };
  const answered = protocol.state?.answer(ask, store.view(tenant));
  if (answered === undefined)
    return refused({ class: "not-found", message: `no such route: ${path}` });
  if (!answered.ok) {
    const isUnknown = answered.error.class === "not-found";
    return isUnknown && elsewhere !== undefined ? elsewhere() : refused(answered.error);
  }
  const headers = { "x-recloser-request-id": id };
  if (answered.value.kind === "document") {
    const text = printJson(answered.value.body);
    return new Response(text, { headers: { ...headers, "content-type": "application/json" } });
  }
  const framer = createFramer("sse");
  const bytes = concat([...answered.value.frames.map(framer.frame), framer.end()]);
  return new Response(bytes, {
    headers: { ...headers, "content-type": "text/event-stream; charset=utf-8" },
  });
}
