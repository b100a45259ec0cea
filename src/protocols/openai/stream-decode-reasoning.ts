// Reasoning of a streamed answer, which servers send in one or several members at once (translation.md D.2 OC, E186).
import { asArray, asRecord, asString, type JsonRecord } from "../../lib/json.ts";
import type { Opaque } from "../../ir/block.ts";
import type { Event } from "../../ir/event.ts";
import type { Fields } from "../kit/fields.ts";
import { detailTokens, type CarrierContext } from "./reasoning-decode.ts";
import type { Blocks } from "./stream-decode-choice.ts";

/** Follows the reasoning of one answer. */
export type ReasoningTracker = {
  readonly push: (delta: Fields, context: CarrierContext) => readonly Event[];
  /** Something else begins. */
  readonly close: () => readonly Event[];
};

type Piece = {
  readonly text: string;
  readonly form: "raw" | "summary";
  readonly tokens: readonly Opaque[];
  /** An entry without readable text. */
  readonly sealed: boolean;
};

/** Starts to follow the reasoning of the answer with this index. */
export function reasoningTracker(candidate: number, blocks: Blocks): ReasoningTracker {
  let open: { readonly index: number; readonly form: Piece["form"]; signed: boolean } | undefined;
  const close = (): readonly Event[] => {
    if (open === undefined) return [];
    const closed = blocks.close(open.index);
    open = undefined;
    return [closed];
  };
  const ensure = (piece: Piece): readonly Event[] => {
    // A block that has its proof is complete; its text belongs to the next one.
    const fits =
      open !== undefined && (piece.text === "" || (open.form === piece.form && !open.signed));
    if (fits) return [];
    const closed = close();
    const head = { kind: "thinking", form: piece.form, redacted: piece.sealed } as const;
    const { index, event } = blocks.open(head);
    open = { index, form: piece.form, signed: false };
    return [...closed, event];
  };
  const pushPiece = (piece: Piece): readonly Event[] => {
    if (piece.text === "" && piece.tokens.length === 0) return [];
    const opened = ensure(piece);
    if (open === undefined) return opened;
    const { index } = open;
    const text = piece.text === "" ? [] : [blocks.delta(index, piece.text)];
    const tokens = piece.tokens.map((opaque): Event => ({
      type: "opaque",
      candidate,
      index,
      opaque,
    }));
    if (tokens.length > 0) open.signed = true;
    return [...opened, ...text, ...tokens];
  };
  return {
    close,
    push: (delta, context) => piecesOf(delta, context).flatMap(pushPiece),
  };
}

/** The pieces of one delta: the structured member counts, plain text only where that has none. */
function piecesOf(delta: Fields, context: CarrierContext): readonly Piece[] {
  const details = (asArray(delta.any("reasoning_details")) ?? []).flatMap((entry) => {
    const record = asRecord(entry);
    return record === undefined ? [] : [detailPiece(record, context)];
  });
  const plain = ["reasoning_content", "reasoning"].map((key) => asString(delta.any(key)) ?? "");
  const text = plain.find((candidate) => candidate !== "") ?? thinkingParts(delta);
  const hasText = details.some((piece) => piece.text !== "");
  const ahead: readonly Piece[] =
    hasText || text === "" ? [] : [{ text, form: "raw", tokens: [], sealed: false }];
  const pieces = [...ahead, ...details];
  const isVisible = pieces.some((piece) => piece.text !== "");
  if (isVisible) context.notes.use("S17", delta.at("reasoning_content"));
  const isProven = pieces.some((piece) => piece.tokens.length > 0);
  if (isProven) context.notes.use("S18", delta.at("reasoning_details"));
  return pieces;
}

function detailPiece(entry: JsonRecord, context: CarrierContext): Piece {
  const text = asString(entry["text"]) ?? asString(entry["summary"]) ?? "";
  const form = entry["type"] === "reasoning.summary" ? "summary" : "raw";
  const sealed = entry["type"] === "reasoning.encrypted";
  return { text, form, tokens: detailTokens(entry, context), sealed };
}

/** Mistral: `content:[{type:"thinking",thinking:[{type:"text",text}]}]`. */
function thinkingParts(delta: Fields): string {
  const parts = asArray(delta.any("content")) ?? [];
  return parts
    .flatMap((part) => asArray(asRecord(part)?.["thinking"]) ?? [])
    .map((piece) => asString(asRecord(piece)?.["text"]) ?? "")
    .join("");
}
