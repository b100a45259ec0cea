// Counting tokens for an upstream of another protocol: asked where the upstream counts, else estimated here. Nothing is
// ever generated to find out (translation.md A.7, E329).
import { utf8 } from "../lib/bytes.ts";
import { parseJson, printJson } from "../lib/json.ts";
import { err, ok, type Result } from "../lib/result.ts";
import type { Milliseconds } from "../lib/time.ts";
import type { Failure } from "../ir/failure.ts";
import { estimateRequest } from "../protocols/estimate.ts";
import type { CountCodec } from "../protocols/protocol.ts";
import type { Exchange } from "../transport/transport.ts";
import type { Answered, Prepared } from "./attempt.ts";
import type { Call } from "./call.ts";
import type { Lane } from "./outcome.ts";
import { egressTarget, translatedHeaders } from "./outgoing.ts";
import { routeHeaders } from "./route-headers.ts";
import type { Runtime } from "./runtime.ts";
import type { StreamEnd } from "./stream.ts";
import { parseReply, readWhole, replyHeaders } from "./translate-reply.ts";
import { spellOut } from "./translate-watch.ts";
import { encodeCall, noSuchOperation, withHeaders, type EncodedCall } from "./translate.ts";

const JSON_TYPE = { "content-type": "application/json" };
/** `x-recloser-emulated` of a count that is an estimate of ours. */
const ESTIMATE = `count;path=""`;

/** What the lane is to be asked, or the estimate where it cannot be asked. */
export async function translateCount(
  runtime: Runtime,
  call: Call,
  lane: Lane,
  deadline: Milliseconds,
): Promise<Result<Prepared | Answered, Failure>> {
  const to = call.protocol.count;
  const from = lane.provider.protocol.count;
  if (to === undefined) return err(noSuchOperation(call, lane));
  if (from === undefined) return estimate(call, lane, to);
  const made = await encodeCall(runtime, call, lane, deadline);
  if (!made.ok) return made;
  const { encoded, target } = made.value;
  const chat = parseJson(printJson(encoded.body));
  if (!chat.ok) throw new Error("an encoder wrote what is no JSON");
  const { model } = target;
  return ok({
    method: "POST",
    target: egressTarget(lane.provider, { operation: call.operation, model, stream: false }),
    headers: withHeaders(translatedHeaders(lane.provider, call), encoded.headers),
    body: utf8(printJson(from.wrap(chat.value, model))),
    receive: ([exchange], onEnd) =>
      receive({ runtime, call, lane, from, to, made: made.value }, exchange, onEnd),
  });
}

function estimate(call: Call, lane: Lane, to: CountCodec): Result<Answered, Failure> {
  const request = call.request();
  if (!request.ok) return request;
  const body = printJson(to.write(estimateRequest(request.value)));
  const headers = { ...routeHeaders(call, lane), ...JSON_TYPE, "x-recloser-emulated": ESTIMATE };
  return ok({ answer: new Response(body, { headers }) });
}

/** A count on its lane. */
type Counting = {
  readonly runtime: Runtime;
  readonly call: Call;
  readonly lane: Lane;
  readonly from: CountCodec;
  readonly to: CountCodec;
  readonly made: EncodedCall;
};

async function receive(
  { runtime, call, lane, from, to, made }: Counting,
  exchange: Exchange,
  onEnd: (end: StreamEnd) => void,
): Promise<Result<Response, Failure>> {
  const bytes = await readWhole({ runtime }, exchange);
  if (!bytes.ok) return bytes;
  const document = parseReply(lane, bytes.value);
  if (!document.ok) return document;
  const tokens = from.read(document.value.root);
  if (tokens === undefined) {
    return err({ class: "bad-upstream-reply", message: "the upstream's reply tells no count" });
  }
  onEnd({ kind: "complete" });
  const { report, policy } = made;
  const headers = replyHeaders({ call, lane, report, policy }, { losses: [], emulated: [] });
  const text = spellOut(call, printJson(to.write(tokens)), report);
  return ok(new Response(text, { headers: { ...headers, ...JSON_TYPE } }));
}
