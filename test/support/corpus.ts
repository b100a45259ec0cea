// Recorded exchanges between public clients and providers. Bodies stay as they are spelt in their files.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  asRecord,
  asString,
  member,
  parseJson,
  type Json,
  type JsonText,
} from "../../src/lib/json.ts";
import { shared } from "./shared.ts";

/** One exchange. */
export type Exchange = {
  readonly id: string;
  readonly operation: string;
  /** Host of the provider that answered. */
  readonly host: string;
  readonly request: { readonly path: string; readonly body: JsonText } | undefined;
  readonly reply:
    | { readonly kind: "json"; readonly status: number; readonly body: JsonText }
    | { readonly kind: "sse"; readonly status: number; readonly text: string }
    | { readonly kind: "eventstream"; readonly status: number; readonly bytes: Uint8Array };
};

/** All recorded exchanges of a protocol; none, and one line that says so, where the shared data is absent. */
export function recorded(protocol: string): readonly Exchange[] {
  const known = RECORDED.get(protocol);
  if (known !== undefined) return known;
  const folder = shared("corpus", protocol);
  const exchanges = folder === undefined ? [] : exchangesIn(folder);
  RECORDED.set(protocol, exchanges);
  return exchanges;
}

/** Read once for all tests of a file. */
const RECORDED = new Map<string, readonly Exchange[]>();

/** The project's own exchanges, written by hand in the form of the corpus. */
export function fixtures(protocol: string): readonly Exchange[] {
  const folder = join(import.meta.dir, "..", "fixtures", protocol);
  // A protocol whose corpus lacks nothing has no folder: an empty one is not in a checkout.
  return existsSync(folder) ? exchangesIn(folder) : [];
}

function exchangesIn(folder: string): readonly Exchange[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => readExchange(join(folder, name)));
}

function readExchange(file: string): Exchange {
  const parsed = parseJson(readFileSync(file, "utf8"));
  if (!parsed.ok) throw new Error(`${file}: ${parsed.error.message}`);
  const { root, textOf } = parsed.value;
  const exchange = required(asRecord(root), file);
  const text = (key: string): string => asString(member(exchange, key)) ?? "";
  const request = asRecord(member(exchange, "request"));
  const response = required(asRecord(member(exchange, "response")), file);
  const requestBody = request === undefined ? undefined : member(request, "body");
  return {
    id: text("id"),
    operation: text("operation"),
    host: text("provider_host"),
    request:
      request === undefined || requestBody === undefined || requestBody === null
        ? undefined
        : { path: asString(member(request, "path")) ?? "", body: textOf(requestBody) },
    reply: readReply(response, textOf),
  };
}

function readReply(
  response: { readonly [key: string]: Json },
  textOf: (node: Json) => JsonText,
): Exchange["reply"] {
  const recordedStatus = member(response, "status");
  const status = typeof recordedStatus === "number" ? recordedStatus : 500;
  const sse = asString(member(response, "sse"));
  if (sse !== undefined) return { kind: "sse", status, text: sse };
  const frames = asString(member(response, "eventstream_base64"));
  if (frames !== undefined) {
    return { kind: "eventstream", status, bytes: Buffer.from(frames, "base64") };
  }
  return { kind: "json", status, body: textOf(member(response, "body") ?? null) };
}

function required<T>(value: T | undefined, file: string): T {
  if (value === undefined) throw new Error(`${file}: not an exchange`);
  return value;
}

/** Requests that break the rules of their own dialect, which only their own vendor tolerates. */
const MALFORMED: ReadonlySet<string> = new Set([
  // A tool message that does not say which call it answers.
  "openai-chat-8feb13d77021",
  // A document by address in a part of another vendor's, which the dialect itself does not have.
  "openai-chat-12f28cee393a",
  // A video, likewise.
  "openai-chat-f20734a4519d",
]);

/** Chat exchanges whose request the provider accepted. */
export function accepted(exchanges: readonly Exchange[]): readonly Exchange[] {
  return exchanges.filter(
    ({ id, operation, reply }) =>
      operation === "chat" && reply.status === 200 && !MALFORMED.has(id),
  );
}
