// Conversations that the gateway keeps for clients whose dialect leaves them to the server (translation.md B03): before
// routing, references become the history that they stand for; after the reply, the exchange is kept under the id that the
// client saw. A history that is not found here is the upstream's to know, if it speaks the client's protocol.
import { utf8 } from "../lib/bytes.ts";
import { parseJson, printJson, type JsonDocument, type Printable } from "../lib/json.ts";
import { ok, type Result } from "../lib/result.ts";
import type { Failure } from "../ir/failure.ts";
import { unseal } from "../ir/opaque.ts";
import type { Resolution, State, StateView } from "../protocols/state.ts";
import { scanHead } from "../wire/head.ts";
import { HEAD_MEMBERS, lazyRequest, parseBody, type Call } from "./call.ts";
import { createDeframer, streamFramingOf } from "./frames.ts";
import type { Runtime } from "./runtime.ts";
import { FRAME_CAP } from "./translate-stream.ts";

/** A call with its history, and how to keep what becomes of it. */
export type Stated = { readonly call: Call; readonly keep?: (reply: JsonDocument) => void };

/** Puts the history into the call; one that has nothing to do with kept conversations stays as it is. */
export function withState(runtime: Runtime, call: Call): Result<Stated, Failure> {
  if (runtime.state === undefined) return ok({ call });
  const resolved = resolution(runtime, call, runtime.state.view(call.tenant));
  if (!resolved.ok) return resolved;
  const { whole, missing, keep } = resolved.value;
  const keeping = keep === undefined ? {} : { keep };
  if (missing !== undefined) return ok({ call: { ...call, missing } });
  if (whole === undefined) return ok({ call, ...keeping });
  return ok({ call: withBodies(runtime, call, whole), ...keeping });
}

/** Why a call cannot be translated: it refers to a history that nobody but the upstream it was meant for knows. */
export function missingHistory(runtime: Runtime, call: Call): Failure | undefined {
  if (runtime.state !== undefined) return call.missing;
  const resolved = resolution(runtime, call, NOTHING);
  if (!resolved.ok) return resolved.error;
  const { missing } = resolved.value;
  return missing && { ...missing, message: `${missing.message} ${NO_STORE}` };
}

/** Some SDKs name items instead of sending them unless they are told that nothing is kept. */
const NO_STORE =
  "This gateway keeps no replies (responses_store is not configured): send the items themselves, for example with store: false.";

const NOTHING: StateView = { get: () => undefined, put: () => undefined, remove: () => false };

function resolution(runtime: Runtime, call: Call, view: StateView): Result<Resolution, Failure> {
  const { state } = call.protocol;
  const { operation, body } = call;
  if (state === undefined || (operation !== "chat" && operation !== "count-tokens")) return ok({});
  const document = parseBody(body);
  if (!document.ok) return document;
  return state.resolve(document.value, {
    view,
    chat: operation === "chat",
    isSealed: (text) => unseal(text, runtime.sealKey) !== undefined,
    newId: runtime.newId,
  });
}

function withBodies(runtime: Runtime, call: Call, whole: NonNullable<Resolution["whole"]>): Call {
  const { protocol, operation, target: model, stream } = call;
  const bytesOf = (body: Printable): Uint8Array => utf8(printJson(body));
  const body = bytesOf(whole.passed);
  const head = scanHead(body, { wanted: HEAD_MEMBERS });
  const input = { protocol, operation, body: bytesOf(whole.decoded), model, stream };
  return {
    ...call,
    body,
    head: head.ok ? head.value : undefined,
    request: lazyRequest({ ...input, unseal: (text) => unseal(text, runtime.sealKey) }),
  };
}

/** Keeps the exchange once the reply is complete: before the client sees its end, since the next call may follow at once. */
export async function keepReply(
  runtime: Runtime,
  { call, keep }: Stated,
  response: Response,
): Promise<Response> {
  const { state } = call.protocol;
  if (keep === undefined || state === undefined || response.status !== 200) return response;
  const kept = (text: string): void => keepText(runtime, call, text, keep);
  const { status, headers, body } = response;
  const framing = streamFramingOf(headers.get("content-type") ?? "", call.framing);
  if (framing === undefined || body === null) {
    const text = await response.text();
    kept(text);
    return new Response(text, { status, headers });
  }
  return new Response(watched(body, call, state, kept), { status, headers });
}

/** The client has its reply all the same if it could not be kept. */
function keepText(
  runtime: Runtime,
  call: Call,
  text: string,
  keep: NonNullable<Stated["keep"]>,
): void {
  const document = parseJson(text);
  if (!document.ok) return;
  try {
    keep(document.value);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    runtime.logError(`call ${call.id}: the reply was not kept: ${reason}`);
  }
}

/** The same stream at the same pace, with an eye on the frame that holds the complete reply. */
function watched(
  body: ReadableStream<Uint8Array>,
  call: Call,
  state: State,
  kept: (text: string) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const deframer = createDeframer(call.framing, FRAME_CAP);
  let seen = false;
  const look = (chunk: Uint8Array): void => {
    if (seen) return;
    const frames = deframer.push(chunk);
    // A broken framing is the client's to complain about; there is nothing to keep.
    seen = !frames.ok;
    for (const frame of frames.ok ? frames.value : []) {
      const text = state.finished(frame);
      if (text === undefined) continue;
      seen = true;
      kept(text);
    }
  };
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        look(value);
        controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
