// Shorthands for the tests of this folder.
import type { Block } from "../../../src/ir/block.ts";
import type { LossId } from "../../../src/ir/loss.ts";
import type { Opaque } from "../../../src/ir/block.ts";
import type { Req, Turn } from "../../../src/ir/request.ts";
import { printJson, type Json } from "../../../src/lib/json.ts";
import { decode } from "../../../src/protocols/responses/request-decode.ts";
import { encode } from "../../../src/protocols/responses/request-encode.ts";
import type {
  DecodeContext,
  EncodedRequest,
  ModelCapabilities,
  Target,
} from "../../../src/protocols/protocol.ts";
import { jsonDocument } from "../../support/json-text.ts";

/** Opens the envelopes that these tests write: `sealed:` and the token as JSON. */
function unseal(text: string): Opaque | undefined {
  if (!text.startsWith("sealed:")) return undefined;
  const opened: Opaque = JSON.parse(text.slice("sealed:".length));
  return opened;
}

const CONTEXT: DecodeContext = { model: "m", stream: false, unseal };

/** Decodes a request that is right. */
export function decodeRequest(body: Record<string, unknown>): Req {
  const document = jsonDocument(JSON.stringify({ model: "m", input: "hi", ...body }));
  const result = decode(document, CONTEXT);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

/** What is wrong with a request. */
export function refusalOf(body: unknown): unknown {
  const result = decode(jsonDocument(JSON.stringify(body)), CONTEXT);
  return result.ok ? undefined : result.error;
}

/** OpenAI as a target, of whose model this is known. */
export function openaiTarget(capabilities: ModelCapabilities = {}): Target {
  return { model: "gpt", stream: false, vendor: "openai", capabilities, profile: {} };
}

/** A turn of the user's words. */
export function user(...blocks: readonly (string | Block)[]): Turn {
  return turnOf("user", blocks);
}

/** A turn of the assistant's. */
export function assistant(...blocks: readonly (string | Block)[]): Turn {
  return turnOf("assistant", blocks);
}

function turnOf(role: "user" | "assistant", blocks: readonly (string | Block)[]): Turn {
  const whole = blocks.map((block): Block =>
    typeof block === "string" ? { kind: "text", text: block } : block,
  );
  return { role, place: "inline", blocks: whole, path: `/${role}` };
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

/** A request as it goes out: the body as plain data beside the rest. */
export type Sent = Omit<EncodedRequest, "body"> & {
  readonly body: { readonly [key: string]: Json };
};

/** Encodes a request for OpenAI, or another target. */
export function send(request: Req, target: Target = openaiTarget()): Sent {
  const encoded = encode(request, target);
  const body: Sent["body"] = JSON.parse(printJson(encoded.body));
  return { ...encoded, body };
}

/** Where a request was seen to use a feature. */
export function usesOf(request: Pick<Req, "uses">, id: LossId): readonly string[] {
  return request.uses.filter((use) => use.id === id).map((use) => use.path);
}
