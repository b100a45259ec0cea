// The data plane's one handler: an HTTP request becomes a call, or a refusal in its own dialect.
import { err, ok, type Result } from "../lib/result.ts";
import type { Failure } from "../ir/failure.ts";
import { lossWishes } from "../ir/loss-header.ts";
import { unseal } from "../ir/opaque.ts";
import type { Principal } from "../gateway/authenticate.ts";
import { lazyRequest, type Call } from "../gateway/call.ts";
import { handle } from "../gateway/handle.ts";
import { refuse } from "../gateway/refuse.ts";
import type { Runtime } from "../gateway/runtime.ts";
import type { HeaderReader, Protocol } from "../protocols/protocol.ts";
import { detect, type Detected } from "../protocols/registry.ts";
import { scanHead, type Head } from "../wire/head.ts";
import { readBody } from "./body.ts";
import { modelReply } from "./models.ts";
import { probe } from "./probes.ts";

type Match = Extract<Detected, { kind: "match" }>;

/** What the handler asks of the process around it. */
export type Plane = {
  /** The runtime of the current config. */
  readonly runtime: () => Runtime;
  /** Whether new calls are welcome. */
  readonly ready: () => boolean;
};

/** Answers one HTTP request. Never throws. `arrived` is called once its body is there. */
export async function answer(
  plane: Plane,
  request: Request,
  arrived: () => void,
): Promise<Response> {
  const { path, query } = splitUrl(request.url);
  const probed = probe(path, plane.ready());
  if (probed !== undefined) return probed;

  const runtime = plane.runtime();
  const header: HeaderReader = (name) => request.headers.get(name) ?? undefined;
  const detected = detect({
    method: request.method,
    path,
    header,
    query: new URLSearchParams(query),
    isTarget: (name) => runtime.targets.pools.has(name) || runtime.targets.aliases.has(name),
  });
  const id = runtime.newId();
  if (detected.kind !== "match") {
    return refuseWith(detected.protocol, id, routeFailure(detected, request.method, path));
  }
  const body = await readBody(request, runtime.limits.maxBodyBytes);
  if (!body.ok) return refuseWith(detected.protocol, id, body.error);
  arrived();

  const principal = runtime.authenticate({
    protocol: detected.protocol,
    method: request.method,
    path,
    query,
    header,
    headers: () => [...request.headers],
    body: body.value,
  });
  if (!principal.ok) return refuseWith(detected.protocol, id, principal.error);
  const listed = modelReply(runtime, detected, id);
  if (listed !== undefined) return listed;

  const arrival = { runtime, id, request, query, header, body: body.value };
  const call = makeCall(arrival, detected, principal.value);
  return call.ok ? handle(runtime, call.value) : refuseWith(detected.protocol, id, call.error);
}

type ArrivedRequest = {
  readonly runtime: Runtime;
  readonly id: string;
  readonly request: Request;
  readonly query: string;
  readonly header: HeaderReader;
  readonly body: Uint8Array;
};

function makeCall(
  arrival: ArrivedRequest,
  match: Match,
  principal: Principal,
): Result<Call, Failure> {
  const { runtime, id, request, query, header, body } = arrival;
  const { protocol, route } = match;
  const head = scan(body);
  if (!head.ok) return head;
  const target = match.target ?? route.model ?? memberString(head.value, "model");
  if (target === undefined || target === "") return err(noModel(protocol));
  const stream = route.stream ?? memberTrue(head.value, "stream");
  const losses = lossWishes(header);
  if (!losses.ok) return losses;
  return ok({
    id,
    protocol,
    operation: route.operation,
    batch: route.batch === true,
    target,
    stream,
    framing: protocol.ingress.framing(new URLSearchParams(query)),
    method: request.method,
    query,
    header,
    body,
    head: head.value,
    signal: request.signal,
    arrivedAt: runtime.now(),
    losses: losses.value,
    passToken: principal.token,
    request: lazyRequest({
      protocol,
      body,
      model: target,
      stream,
      unseal: (text) => unseal(text, runtime.sealKey),
    }),
  });
}

/** Members that routing needs to see. */
const WANTED: ReadonlySet<string> = new Set(["model", "stream"]);

function scan(body: Uint8Array): Result<Head, Failure> {
  const head = scanHead(body, { wanted: WANTED });
  if (head.ok && !head.value.object) {
    return err({ class: "invalid", message: "the body is not a JSON object" });
  }
  if (head.ok) return head;
  const { message, offset } = head.error;
  return err({
    class: "invalid",
    message: `the body is not a valid JSON object: ${message} at byte ${offset}`,
  });
}

function memberString(head: Head, name: string): string | undefined {
  return head.members.get(name)?.string;
}

function memberTrue(head: Head, name: string): boolean {
  return head.members.get(name)?.boolean === true;
}

function noModel(protocol: Protocol): Failure {
  const message = `you must name a model or a pool (${protocol.name}: member "model")`;
  return { class: "invalid", message, param: "model" };
}

function routeFailure(detected: Exclude<Detected, Match>, method: string, path: string): Failure {
  switch (detected.kind) {
    case "unknown-route":
      return { class: "not-found", message: `no such route: ${method} ${path}` };
    case "method-not-allowed":
      return {
        class: "method-not-allowed",
        message: `${path} takes ${detected.allow}, not ${method}`,
      };
  }
}

function refuseWith(protocol: Protocol, requestId: string, failure: Failure): Response {
  return refuse(failure, { protocol, requestId, headers: {}, culprit: "caller" });
}

/** Path and query exactly as they came: the URL class would normalise them, and signatures would no longer match. */
function splitUrl(url: string): { path: string; query: string } {
  const start = url.indexOf("/", url.indexOf("//") + 2);
  const pathAndQuery = start < 0 ? "/" : url.slice(start);
  const mark = pathAndQuery.indexOf("?");
  if (mark < 0) return { path: pathAndQuery, query: "" };
  return { path: pathAndQuery.slice(0, mark), query: pathAndQuery.slice(mark + 1) };
}
