// `recloser translate`: one document through the gateway's own translation, without a network or a config.
import { concat } from "../lib/bytes.ts";
import {
  asBoolean,
  asRecord,
  asString,
  member,
  parseJson,
  printJson,
  type JsonDocument,
  type JsonSyntaxError,
} from "../lib/json.ts";
import { err, ok, type Result } from "../lib/result.ts";
import { lossDetail } from "../ir/loss-header.ts";
import { COMPAT } from "../ir/policy.ts";
import type { Failure } from "../ir/failure.ts";
import type { Report } from "../ir/loss.ts";
import { seal, unseal } from "../ir/opaque.ts";
import { NOTHING_TO_RESTORE } from "../ir/restore.ts";
import { knownCapabilities } from "../config/capabilities.ts";
import { createDeframer, createFramer } from "../gateway/frames.ts";
import { translateReply, translateRequest } from "../protocols/pipeline.ts";
import { streamTranslator, type ReplyJob, type Translated } from "../protocols/stream-path.ts";
import type { Client, Codec, Framing, Protocol } from "../protocols/protocol.ts";
import { PROTOCOLS, PROTOCOL_NAMES, type ProtocolName } from "../protocols/registry.ts";
import { parseOptions } from "./arguments.ts";
import { EXIT, type CommandIo } from "./io.ts";

const KINDS = ["request", "response", "stream"] as const;
type Kind = (typeof KINDS)[number];

const OPTIONS = {
  from: { type: "string" },
  to: { type: "string" },
  what: { type: "string" },
  model: { type: "string" },
  report: { type: "boolean" },
} as const;

/** Largest frame of a stream, in bytes (translation.md D.1). */
const FRAME_CAP = 16 * 1024 * 1024;
/** Foreign reasoning tokens travel sealed; without a gateway there is no secret, only the same form. */
const KEY = new Uint8Array(32);

/** What the command line asks for. */
type Task = {
  readonly from: Side;
  readonly to: Side;
  readonly what: Kind;
  /** Model of the upstream; absent: the document's own word. */
  readonly model?: string;
  readonly report: boolean;
};
type Side = { readonly name: ProtocolName; readonly protocol: Protocol; readonly codec: Codec };

/** The outcome: what goes to standard output, even where the translation ended in a failure. */
type Output = {
  readonly bytes: Uint8Array;
  readonly report: Report;
  readonly failure?: Failure;
};

/** Translates standard input to standard output. Exit code 1: the document cannot be translated. */
export async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const task = readTask(args);
  if (!task.ok) {
    io.stderr(`recloser translate: ${task.error}\n`);
    return EXIT.usage;
  }
  const output = translate(task.value, await io.stdin());
  if (!output.ok) {
    io.stderr(`recloser translate: ${output.error}\n`);
    return EXIT.no;
  }
  const { bytes, report, failure } = output.value;
  io.stdout(bytes);
  if (task.value.report) io.stderr(`${printJson(lossDetail(report))}\n`);
  if (failure === undefined) return EXIT.ok;
  io.stderr(`recloser translate: ${failure.message}\n`);
  return EXIT.no;
}

function readTask(args: readonly string[]): Result<Task, string> {
  const parsed = parseOptions(args, OPTIONS);
  if (!parsed.ok) return parsed;
  const { from, to, what, model, report = false } = parsed.value.values;
  const source = readSide("from", from);
  if (!source.ok) return source;
  const target = readSide("to", to);
  if (!target.ok) return target;
  const kind = KINDS.find((known) => known === what);
  if (kind === undefined) return err(`--what takes ${KINDS.join(", ")}, not ${show(what)}`);
  return ok({
    from: source.value,
    to: target.value,
    what: kind,
    ...(model === undefined ? {} : { model }),
    report,
  });
}

function readSide(option: string, given: string | undefined): Result<Side, string> {
  const name = PROTOCOL_NAMES.find((known) => known === given);
  if (name === undefined) {
    return err(`--${option} takes ${PROTOCOL_NAMES.join(", ")}, not ${show(given)}`);
  }
  const protocol: Protocol = PROTOCOLS[name];
  return ok({ name, protocol, codec: protocol.codec });
}

function show(given: string | undefined): string {
  return given === undefined ? "nothing" : `'${given}'`;
}

function translate(task: Task, input: Uint8Array): Result<Output, string> {
  switch (task.what) {
    case "request":
      return request(task, input);
    case "response":
      return response(task, input);
    case "stream":
      return ok(stream(task, input));
  }
}

function request(task: Task, input: Uint8Array): Result<Output, string> {
  const document = readDocument(input);
  if (!document.ok) return document;
  const { model: asked, streams } = named(document.value);
  const { model = asked, to } = task;
  const capabilities = knownCapabilities(to.name, model);
  const { vendor = to.name } = capabilities;
  const encoded = translateRequest({
    from: task.from.codec,
    to: task.to.codec,
    document: document.value,
    context: { model: asked, stream: streams, unseal: (text) => unseal(text, KEY) },
    target: { model, stream: streams, vendor, capabilities, profile: {} },
    policy: COMPAT,
  });
  return encoded.ok ? ok(printed(encoded.value)) : err(encoded.error.message);
}

function response(task: Task, input: Uint8Array): Result<Output, string> {
  const document = readDocument(input);
  if (!document.ok) return document;
  const { model = named(document.value).model } = task;
  const encoded = translateReply(replyJob(task, model), document.value);
  return encoded.ok ? ok(printed(encoded.value)) : err(encoded.error.message);
}

function printed(encoded: {
  readonly body: Parameters<typeof printJson>[0];
  readonly report: Report;
}): Output {
  const bytes = new TextEncoder().encode(`${printJson(encoded.body)}\n`);
  return { bytes, report: encoded.report };
}

function stream(task: Task, input: Uint8Array): Output {
  const job = replyJob(task, task.model ?? "");
  const translator = streamTranslator(job);
  const deframer = createDeframer(framingOf(task.from, input), FRAME_CAP);
  const framer = createFramer(job.client.framing);
  const bytes: Uint8Array[] = [];
  let failure: Failure | undefined;
  const write = (step: Translated): void => {
    bytes.push(...step.frames.map(framer.frame));
    failure ??= step.failure;
  };

  for (const part of [deframer.push(input), deframer.end()]) {
    if (part.ok) part.value.forEach((frame) => write(translator.push(frame)));
    else write(translator.end({ class: "bad-upstream-reply", message: part.error.message }));
  }
  write(translator.end());
  bytes.push(framer.end());
  const output = { bytes: concat(bytes), report: translator.report() };
  return failure === undefined ? output : { ...output, failure };
}

/** One protocol streams either events or the elements of an array, which begins like one. */
function framingOf({ protocol }: Side, input: Uint8Array): Framing {
  const start = new TextDecoder().decode(input.subarray(0, 64)).trimStart();
  return protocol.framing === "sse" && start.startsWith("[") ? "json-array" : protocol.framing;
}

function replyJob(task: Task, model: string): ReplyJob {
  const { vendor = task.from.name } = knownCapabilities(task.from.name, model);
  const client: Client = {
    callId: "translate",
    model,
    now: Math.floor(Date.now() / 1000),
    streamUsage: true,
    framing: task.to.protocol.framing,
    seal: (opaque) => seal(opaque, KEY),
  };
  return {
    from: task.from.codec,
    to: task.to.codec,
    origin: { vendor, model },
    client,
    restore: NOTHING_TO_RESTORE,
  };
}

function readDocument(input: Uint8Array): Result<JsonDocument, string> {
  const text = new TextDecoder().decode(input);
  if (text.trim() === "") return err("the input is empty; a document is read from standard input");
  const document = parseJson(text);
  return document.ok ? document : err(`the input is not JSON${placeOf(text, document.error)}`);
}

/** Where and why, as editors count: lines and columns from one. */
function placeOf(text: string, { message, offset }: JsonSyntaxError): string {
  const before = text.slice(0, offset).split("\n");
  return `, line ${before.length}, column ${(before.at(-1) ?? "").length + 1}: ${message}`;
}

/** The model and the stream switch where a document itself names them. */
function named(document: JsonDocument): { readonly model: string; readonly streams: boolean } {
  const body = asRecord(document.root) ?? {};
  return {
    model: asString(member(body, "model")) ?? "",
    streams: asBoolean(member(body, "stream")) === true,
  };
}
