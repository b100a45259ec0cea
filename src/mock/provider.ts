// The mock as a provider of six protocols: from one request to the reply that a healthy vendor would give.
import { asRecord, parseJson, printJson, type JsonRecord, type Printable } from "../lib/json.ts";
import { err, ok, type Result } from "../lib/result.ts";
import { secret } from "../lib/secret.ts";
import { utf8 } from "../lib/bytes.ts";
import type { Failure } from "../ir/failure.ts";
import { tokenAuthenticator, type Authenticator } from "../gateway/authenticate.ts";
import { createFramer } from "../gateway/frames.ts";
import type {
  Framing,
  HeaderList,
  HeaderReader,
  ModelEntry,
  Protocol,
} from "../protocols/protocol.ts";
import { detect, isProtocolName, type Detected } from "../protocols/registry.ts";
import { createSigningKeyCache } from "../wire/sigv4.ts";
import { answerTo, tokensOf } from "./answer.ts";
import type { Context, Dialect } from "./dialects/dialect.ts";
import { DIALECTS } from "./dialects/index.ts";
import { promptOf } from "./dialects/reading.ts";
import { headerOf, type HttpRequest } from "./http-request.ts";

/** A reply: pieces that are written one after the other; without `streamed` they are one body of known length. */
export type MockReply = {
  readonly status: number;
  readonly headers: HeaderList;
  readonly pieces: readonly Uint8Array[];
  readonly streamed?: boolean;
};

/** A request as far as it could be understood. */
export type Understood = {
  readonly request: HttpRequest;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly header: HeaderReader;
  readonly detected: Detected;
};

/** What a provider is made of. */
export type ProviderOptions = {
  /** Keys that are accepted; `ACCESS:SECRET` is a key pair for AWS signatures. */
  readonly keys: readonly string[];
  /** Names in the model lists. Other names are answered all the same. */
  readonly models: readonly string[];
  /** Wall clock in milliseconds since 1970. */
  readonly wallNow: () => number;
};

/** A healthy provider. */
export type Provider = {
  /** Answers the n-th request; never fails. */
  readonly answer: (understood: Understood, count: number) => MockReply;
};

/** Finds out which protocol a request speaks. */
export function understand(request: HttpRequest): Understood {
  const mark = request.target.indexOf("?");
  const path = mark < 0 ? request.target : request.target.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? "" : request.target.slice(mark + 1));
  const header: HeaderReader = (name) => headerOf(request.headers, name);
  const { method } = request;
  const detected = detect({ method, path, header, query, isTarget: () => false });
  return { request, path, query, header, detected };
}

/** The model that a request names, in its path or its body. */
export function modelOf({ detected, request }: Understood): string | undefined {
  const inPath = detected.kind === "match" ? detected.route.model : undefined;
  if (inPath !== undefined || request.body.byteLength === 0) return inPath;
  const body = bodyOf(request);
  const named = body.ok ? body.value["model"] : undefined;
  return typeof named === "string" ? named : undefined;
}

/** Makes a provider. */
export function createProvider(options: ProviderOptions): Provider {
  const authenticate = tokenAuthenticator(options.keys.map(secret), {
    wallNow: options.wallNow,
    signingKeys: createSigningKeyCache(),
  });
  const created = Math.floor(options.wallNow() / 1000);
  const models = options.models.map((id) => ({ id, created }));
  return {
    answer: (understood, count) => {
      const { detected } = understood;
      const id = `mock${count}`;
      const reply = tryAnswer(understood, { id, authenticate, models, options });
      return reply.ok ? reply.value : errorReply(detected.protocol, reply.error, id);
    },
  };
}

/** A failure in the protocol's own words. */
export function errorReply(
  protocol: Protocol,
  failure: Failure,
  id: string,
  status?: number,
): MockReply {
  const encoded = protocol.failure.encode(failure, id);
  return {
    status: status ?? encoded.status,
    headers: encoded.headers,
    pieces: [utf8(printJson(encoded.body))],
  };
}

type Surroundings = {
  readonly id: string;
  readonly authenticate: Authenticator;
  readonly models: readonly ModelEntry[];
  readonly options: ProviderOptions;
};

function tryAnswer(understood: Understood, around: Surroundings): Result<MockReply, Failure> {
  const { detected, request, path, header } = understood;
  const { method } = request;
  switch (detected.kind) {
    case "unknown-route":
      return err({ class: "not-found", message: `no such route: ${method} ${path}` });
    case "method-not-allowed":
      return err({ class: "method-not-allowed", message: `${path} takes ${detected.allow}` });
    case "match":
      break;
  }
  const mark = request.target.indexOf("?");
  const principal = around.authenticate({
    protocol: detected.protocol,
    method,
    path,
    query: mark < 0 ? "" : request.target.slice(mark + 1),
    header,
    headers: () => request.headers,
    body: request.body,
  });
  return principal.ok ? operate(understood, detected, around) : principal;
}

type Match = Extract<Detected, { kind: "match" }>;

function operate(
  understood: Understood,
  { protocol, route }: Match,
  around: Surroundings,
): Result<MockReply, Failure> {
  const { models } = around;
  switch (route.operation) {
    case "models":
      return mapList(protocol.models.list(models, understood.query));
    case "model": {
      const entry = models.find(({ id }) => id === route.model);
      if (entry !== undefined) return ok(jsonReply(printJson(protocol.models.one(entry)), []));
      return err({ class: "model-unknown", message: `model '${route.model}' not found` });
    }
    case "chat":
    case "count-tokens":
    case "embeddings":
      return generate(understood, { protocol, route, kind: "match" }, around);
  }
}

function mapList(list: Result<Printable, Failure>): Result<MockReply, Failure> {
  return list.ok ? ok(jsonReply(printJson(list.value), [])) : list;
}

function generate(
  understood: Understood,
  match: Match,
  around: Surroundings,
): Result<MockReply, Failure> {
  const { request, path, header } = understood;
  const { protocol, route } = match;
  const body = bodyOf(request);
  if (!body.ok) return body;
  const dialect = dialectOf(protocol);
  const headers = dialect.headers(around.id);
  const model = modelOf(understood) ?? "";
  const tokens = tokensOf(promptOf(body.value));
  if (route.operation === "count-tokens" && dialect.count !== undefined) {
    return ok(jsonReply(printJson(dialect.count(tokens)), headers));
  }
  if (route.operation === "embeddings" && dialect.embeddings !== undefined) {
    const refused = dialect.embeddingsRefusal?.(body.value);
    if (refused !== undefined) return err({ class: "invalid", message: refused });
    const reply = dialect.embeddings({ body: body.value, model, tokens, path });
    return ok(jsonReply(printJson(reply), headers));
  }
  if (route.operation !== "chat") {
    return err({ class: "not-implemented", message: `the mock has no ${route.operation} here` });
  }
  const refusal = dialect.refusal(body.value, header);
  if (refusal !== undefined) return err({ class: "invalid", message: refusal });
  const now = Math.floor(around.options.wallNow() / 1000);
  const context = { id: around.id, model, now, body: body.value };
  const stream = route.stream ?? body.value["stream"] === true;
  const framing = protocol.ingress.framing(understood.query);
  return ok(chat(dialect, context, { stream, framing, headers }));
}

function chat(
  dialect: Dialect,
  context: Context,
  form: { readonly stream: boolean; readonly framing: Framing; readonly headers: HeaderList },
): MockReply {
  const { id, body } = context;
  const answer = answerTo(dialect.read(body), promptOf(body), (index) => dialect.callId(id, index));
  if (!form.stream) return jsonReply(printJson(dialect.reply(answer, context)), form.headers);
  const framer = createFramer(form.framing);
  const pieces = dialect.frames(answer, context).map((frame) => {
    // This dialect's frames are elements of an array, which travel in events when the client asks for that.
    if (form.framing !== "sse" || frame.kind !== "element") return framer.frame(frame);
    return utf8(`data: ${frame.text}\r\n\r\n`);
  });
  const end = framer.end();
  return {
    status: 200,
    headers: [["content-type", STREAM_TYPES[form.framing]], ...form.headers],
    pieces: end.byteLength === 0 ? pieces : [...pieces, end],
    streamed: true,
  };
}

const STREAM_TYPES = {
  sse: "text/event-stream",
  eventstream: "application/vnd.amazon.eventstream",
  "json-array": "application/json; charset=UTF-8",
} as const satisfies Record<Framing, string>;

function dialectOf(protocol: Protocol): Dialect {
  if (!isProtocolName(protocol.name)) throw new Error(`no dialect for ${protocol.name}`);
  return DIALECTS[protocol.name];
}

function jsonReply(body: string, headers: HeaderList): MockReply {
  return {
    status: 200,
    headers: [["content-type", "application/json"], ...headers],
    pieces: [utf8(body)],
  };
}

function bodyOf(request: HttpRequest): Result<JsonRecord, Failure> {
  const document = parseJson(new TextDecoder().decode(request.body));
  const body = document.ok ? asRecord(document.value.root) : undefined;
  if (body !== undefined) return ok(body);
  return err({ class: "invalid", message: "the body is not a JSON object" });
}
