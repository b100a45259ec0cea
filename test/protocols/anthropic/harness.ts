// Shorthands for the tests of this folder.
import {
  jsonText,
  parseJson,
  printJson,
  type Json,
  type JsonDocument,
  type JsonText,
} from "../../../src/lib/json.ts";
import type { Failure } from "../../../src/ir/failure.ts";
import type { Block, Opaque } from "../../../src/ir/block.ts";
import type { LossId } from "../../../src/ir/loss.ts";
import type { Reply } from "../../../src/ir/reply.ts";
import type { Req, ToolDef, Turn } from "../../../src/ir/request.ts";
import { anthropic } from "../../../src/protocols/anthropic/index.ts";
import type {
  Client,
  DecodeContext,
  EncodedRequest,
  ModelCapabilities,
  Target,
} from "../../../src/protocols/protocol.ts";

/** A value as a parsed document. */
export function documentOf(value: unknown): JsonDocument {
  return documentOfText(JSON.stringify(value));
}

/** A text as a parsed document. */
export function documentOfText(text: string): JsonDocument {
  const document = parseJson(text);
  if (!document.ok) throw new Error(document.error.message);
  return document.value;
}

/** An envelope that tests can read: `sealed:` and the token as JSON. */
export function seal(opaque: Opaque): string {
  return `sealed:${JSON.stringify(opaque)}`;
}

/** Opens what `seal` made. */
function unseal(text: string): Opaque | undefined {
  return text.startsWith("sealed:")
    ? (JSON.parse(text.slice("sealed:".length)) as Opaque)
    : undefined;
}

/** A context with the model `m`. */
export const CONTEXT: DecodeContext = { model: "m", stream: false, unseal };

/** The least that a request needs. */
export const LEAST = {
  model: "m",
  max_tokens: 100,
  messages: [{ role: "user", content: "hi" }],
} as const;

/** Decodes a request that is right. */
export function decodeRequest(body: Record<string, unknown>): Req {
  const result = anthropic.codec.request.decode(documentOf({ ...LEAST, ...body }), CONTEXT);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

/** Decodes a request that consists of one user message with this block. */
export function decodeBlock(block: unknown): Block {
  const [turn] = decodeRequest({ messages: [{ role: "user", content: [block] }] }).turns;
  const [decoded] = turn?.blocks ?? [];
  if (decoded === undefined) throw new Error("no block");
  return decoded;
}

/** Decodes a request that is wrong. */
export function refusalOf(body: unknown): Failure {
  const result = anthropic.codec.request.decode(documentOf(body), CONTEXT);
  if (result.ok) throw new Error("expected a failure");
  return result.error;
}

/** Where a request was seen to use a feature. */
export function usesOf(request: Pick<Req, "uses">, id: LossId): readonly string[] {
  return request.uses.filter((use) => use.id === id).map((use) => use.path);
}

/** Claude as a target; nothing is known of the model. */
export const CLAUDE: Target = {
  model: "claude-x",
  stream: false,
  vendor: "anthropic",
  capabilities: {},
  profile: {},
};

/** A model of which this is known. */
export function claude(capabilities: ModelCapabilities): Target {
  return { ...CLAUDE, capabilities };
}

/** A request as another dialect's decoder would make it. */
export function foreign(request: Partial<Req>): Req {
  return {
    model: "m",
    stream: false,
    turns: [user("hi")],
    tools: [],
    sampling: {},
    output: {},
    cache: {},
    identity: {},
    ext: [],
    options: {},
    uses: [],
    source: "elsewhere",
    ...request,
  };
}

/** A user turn; a string is one text block. */
export function user(...content: readonly (string | Block)[]): Turn {
  return turn("user", content);
}

/** An assistant turn. */
export function assistant(...content: readonly (string | Block)[]): Turn {
  return turn("assistant", content);
}

/** A turn among the others. */
export function turn(role: Turn["role"], content: readonly (string | Block)[]): Turn {
  const blocks = content.map((block): Block =>
    typeof block === "string" ? { kind: "text", text: block } : block,
  );
  return { role, place: "inline", blocks, path: `/${role}` };
}

/** A call of a function. */
export function call(id: string, argsText = "{}"): Block {
  return { kind: "toolCall", id, name: "f", argsText, call: "function" };
}

/** The answer to a call. */
export function result(id: string, ...texts: readonly string[]): Block {
  const parts = texts.map((text): Block => ({ kind: "text", text }));
  return { kind: "toolResult", id, parts, isError: false };
}

/** The body that a request becomes, and the rest. */
export function encodeRequest(
  request: Req,
  target: Target = CLAUDE,
): Omit<EncodedRequest, "body"> & { readonly body: Record<string, Json>; readonly text: string } {
  const encoded = anthropic.codec.request.encode(request, target);
  const text = printJson(encoded.body);
  return { ...encoded, body: JSON.parse(text) as Record<string, Json>, text };
}

/** The messages that turns become. */
export function messagesOf(turns: readonly Turn[], target: Target = CLAUDE): unknown {
  return encodeRequest(foreign({ turns }), target).body["messages"];
}

/** What was lost, as `id level`. */
export function lossesOf(encoded: Pick<EncodedRequest, "report">): readonly string[] {
  return encoded.report.losses.map(({ id, level }) => `${id} ${level}`);
}

/** A client of this protocol. */
export const CLIENT: Client = {
  callId: "call-1",
  model: "asked-for",
  now: 1_700_000_000,
  streamUsage: true,
  framing: "sse",
  seal,
};

/** The upstream that replies come from. */
export const ORIGIN = { vendor: "anthropic", model: "claude-x" } as const;

/** Decodes a reply that is right. */
export function decodeReply(body: unknown): Reply {
  const decoded = anthropic.codec.reply.decode(documentOf(body), ORIGIN);
  if (!decoded.ok) throw new Error(decoded.error.message);
  return decoded.value;
}

/** A reply as another dialect's decoder would make it. */
export function foreignReply(reply: Partial<Reply>): Reply {
  return { candidates: [{ blocks: [], stop: { class: "end" } }], ext: [], uses: [], ...reply };
}

/** The body that a reply becomes. */
export function encodeReply(reply: Partial<Reply>): Record<string, Json> {
  const encoded = anthropic.codec.reply.encode(foreignReply(reply), CLIENT);
  return JSON.parse(printJson(encoded.body)) as Record<string, Json>;
}

/** The content that blocks become in a reply. */
export function contentOf(...blocks: readonly Block[]): unknown {
  return encodeReply({ candidates: [{ blocks, stop: { class: "end" } }] })["content"];
}

/** A token of the target. */
export const own: Opaque = {
  vendor: "anthropic",
  model: "claude-x",
  kind: "signature",
  data: "sig",
};

/** Reasoning with its proofs. */
export function thought(text: string, ...opaque: readonly Opaque[]): Block {
  return { kind: "thinking", text, form: "summary", redacted: false, opaque };
}

/** Some bytes. */
export function inline(mime: string) {
  return { kind: "inline", mime, base64: "AAAA" } as const;
}

/** A function. */
export function tool(
  name: string,
  rest: Partial<Extract<ToolDef, { kind: "function" }>> = {},
): ToolDef {
  return { kind: "function", name, path: "/tools/0", ...rest };
}

/** A value as JSON text. */
export function json(value: unknown): JsonText {
  const text = jsonText(JSON.stringify(value));
  if (text === undefined) throw new Error("printed JSON is JSON");
  return text;
}

/** A text block on the wire. */
export function said(text: string) {
  return { type: "text", text };
}
