// Shorthands for the tests of this folder.
import { parseJson, printJson, type Json, type JsonDocument } from "../../../src/lib/json.ts";
import type { Failure } from "../../../src/ir/failure.ts";
import type { Opaque } from "../../../src/ir/block.ts";
import type { Reply } from "../../../src/ir/reply.ts";
import type { Req } from "../../../src/ir/request.ts";
import { openai } from "../../../src/protocols/openai/index.ts";
import type {
  Client,
  DecodeContext,
  EncodedRequest,
  Profile,
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

/** Decodes a request that is right. */
export function decodeRequest(body: Record<string, unknown>): Req {
  const result = openai.codec.request.decode(documentOf({ model: "m", ...body }), CONTEXT);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

/** Decodes a request that is wrong. */
export function refusalOf(body: unknown): Failure {
  const result = openai.codec.request.decode(documentOf(body), CONTEXT);
  if (result.ok) throw new Error("expected a failure");
  return result.error;
}

/** OpenAI as a target. */
export const OPENAI: Target = {
  model: "gpt-x",
  stream: false,
  vendor: "openai",
  capabilities: {},
  profile: {},
};

/** Another server of the protocol as a target. */
export function compatible(profile: Profile = {}): Target {
  return { ...OPENAI, vendor: "somebody", profile };
}

/** A request as another dialect's decoder would make it. */
export function foreign(request: Partial<Req>): Req {
  return {
    model: "m",
    stream: false,
    turns: [],
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

/** The body that a request becomes, and the report. */
export function encodeRequest(
  request: Req,
  target: Target = OPENAI,
): Omit<EncodedRequest, "body"> & { readonly body: Record<string, Json> } {
  const encoded = openai.codec.request.encode(request, target);
  return { ...encoded, body: plain(encoded.body) };
}

/** What the other side of the wire would parse. */
export function plain(value: Parameters<typeof printJson>[0]): Record<string, Json> {
  return JSON.parse(printJson(value)) as Record<string, Json>;
}

/** A client that wants usage in streams. */
export const CLIENT: Client = {
  callId: "call-1",
  model: "asked-for",
  now: 1_700_000_000,
  streamUsage: true,
  framing: "sse",
  seal,
};

/** Decodes a reply that is right. */
export function decodeReply(body: unknown): Reply {
  const origin = { vendor: "openai", model: "gpt-x" };
  const result = openai.codec.reply.decode(documentOf(body), origin);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

/** A reply as another dialect's decoder would make it. */
export function foreignReply(reply: Partial<Reply>): Reply {
  return { candidates: [{ blocks: [], stop: { class: "end" } }], ext: [], uses: [], ...reply };
}
