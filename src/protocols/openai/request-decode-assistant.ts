// Assistant messages of the history: reasoning, text, refusal, audio and calls, in the order in which the model works.
import { compact, filled } from "../../lib/compact.ts";
import { jsonText } from "../../lib/json.ts";
import type { Block, Citation, Opaque } from "../../ir/block.ts";
import type { Residue } from "../../ir/request.ts";
import type { Fields } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";
import { decodeAnnotations } from "./citations.ts";
import { DIALECT } from "./dialect.ts";
import { carrierContext, decodeCarriers } from "./reasoning-decode.ts";
import { decodeCalls } from "./request-decode-calls.ts";
import type { MessageContext } from "./request-decode-messages.ts";
import { decodeContent } from "./request-decode-parts.ts";

/** The blocks of an assistant message, and the carriers that only this dialect can take back. */
export function decodeAssistant(
  message: Fields,
  context: MessageContext,
): { readonly blocks: readonly Block[]; readonly ext: readonly Residue[] } {
  const carried = decodeCarriers(message, carrierContext(context.notes, context.decode));
  const calls = decodeCalls(message, context);
  const citations = decodeAnnotations(message, context.notes);
  const content = withoutFiller(decodeContent(message, context), calls.length > 0);
  const text = attachToText(content, citations, carried.tokens);
  const blocks = [
    ...carried.blocks,
    ...text,
    ...decodeRefusal(message, context.notes),
    ...decodeAudio(message, context.notes),
    ...calls,
  ];
  return { blocks, ext: [...carried.residues, ...decodePrefix(message)] };
}

/** `content:""` beside calls or as the only content says nothing (E039). */
function withoutFiller(content: readonly Block[], hasCalls: boolean): readonly Block[] {
  return hasCalls ? content.filter((block) => block.kind !== "text" || block.text !== "") : content;
}

/** Citations and tokens of the message belong to its last text. */
export function attachToText(
  content: readonly Block[],
  citations: readonly Citation[],
  tokens: readonly Opaque[],
): readonly Block[] {
  if (citations.length === 0 && tokens.length === 0) return content;
  const last = content.findLastIndex((block) => block.kind === "text");
  const target = content[last] ?? { kind: "text", text: "" };
  const opaque = filled([...(target.opaque ?? []), ...tokens]);
  const text: Block = { ...target, ...compact({ citations: filled(citations), opaque }) };
  return last < 0 ? [...content, text] : content.with(last, text);
}

function decodeRefusal(message: Fields, notes: Notes): readonly Block[] {
  const text = message.string("refusal") ?? "";
  if (text === "") return [];
  notes.use("S02", message.at("refusal"));
  return [{ kind: "refusal", text }];
}

/** Earlier audio is named by its id, which only the vendor that spoke can resolve. */
function decodeAudio(message: Fields, notes: Notes): readonly Block[] {
  const audio = message.fields("audio");
  const id = audio?.string("id");
  if (audio === undefined || id === undefined || id === "") return [];
  notes.use("B01", audio.path);
  const transcript = audio.string("transcript");
  audio.skip("data", "expires_at");
  const text = jsonText(JSON.stringify({ id }));
  if (text === undefined) return [];
  const media = { kind: "vendor", dialect: DIALECT, text } as const;
  return [compact({ kind: "audio", media, transcript })];
}

/** DeepSeek and Mistral continue a last assistant message marked `prefix` (R41). */
function decodePrefix(message: Fields): readonly Residue[] {
  if (message.record["prefix"] === true) return message.residue("prefix", "R41");
  message.skip("prefix");
  return [];
}
