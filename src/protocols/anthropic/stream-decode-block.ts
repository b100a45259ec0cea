// One block of a streamed reply, from its start to its stop.
import { compact, filled } from "../../lib/compact.ts";
import {
  asString,
  jsonText,
  printJson,
  raw,
  type JsonText,
  type Printable,
} from "../../lib/json.ts";
import type { Event } from "../../ir/event.ts";
import type { Block } from "../../ir/block.ts";
import type { Fields } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";
import type { Origin } from "../protocol.ts";
import { decodeCitation, noteCitation } from "./citations.ts";
import { DIALECT } from "./dialect.ts";
import { isDirect, signatureOf } from "./reply-decode-blocks.ts";

/** Decodes one block. */
export type BlockDecoder = {
  readonly kind: () => Block["kind"];
  readonly open: () => readonly Event[];
  readonly delta: (delta: Fields | undefined, notes: Notes) => readonly Event[];
  readonly close: (notes: Notes) => readonly Event[];
};

/** Starts a block; `content` is what its start event says, read as if it stood in a buffered reply. */
export function blockDecoder(
  index: number,
  content: Fields,
  notes: Notes,
  origin: Origin,
): BlockDecoder {
  switch (asString(content.record["type"]) ?? "") {
    case "text":
    case "thinking":
    case "tool_use":
      return piecewise(index, content, notes, origin);
    case "redacted_thinking":
      return redacted(index, content, notes, origin);
    default:
      return verbatim(index, content, notes);
  }
}

const AT = (index: number) => ({ candidate: 0, index }) as const;

type Opening = Extract<Event, { type: "open" }>;

function opening(index: number, content: Fields): Opening {
  const head = headOf(content);
  content.skip("type", "text", "thinking", "signature", "input", "citations", "id", "name");
  if (isDirect(content.record["caller"])) content.skip("caller");
  return compact({ type: "open", ...AT(index), head, ext: filled(content.rest("S00")) });
}

function headOf(content: Fields): Opening["head"] {
  switch (asString(content.record["type"]) ?? "") {
    case "thinking":
      return { kind: "thinking", form: "summary", redacted: false };
    case "tool_use":
      return {
        kind: "toolCall",
        id: asString(content.record["id"]) ?? "",
        name: asString(content.record["name"]) ?? "",
        call: "function",
      };
    default:
      return { kind: "text" };
  }
}

function piecewise(index: number, content: Fields, notes: Notes, origin: Origin): BlockDecoder {
  const open = opening(index, content);
  const kind = open.head.kind === "whole" ? "vendor" : open.head.kind;
  // Arguments may stand whole in the start event; fragments that follow replace them.
  const input = content.record["input"] ?? null;
  const whole = input === null ? undefined : notes.document.textOf(input);
  let fragments = false;
  let cited = 0;

  const text = (piece: string | undefined): readonly Event[] =>
    piece === undefined || piece === "" ? [] : [{ type: "delta", ...AT(index), text: piece }];
  const sign = (data: string | undefined, seen: Notes): readonly Event[] => {
    if (data === undefined || data === "") return [];
    seen.use("S18", `/content/${index}/signature`);
    return [{ type: "opaque", ...AT(index), opaque: signatureOf(data, "signature", origin) }];
  };
  const think = (piece: string | undefined, seen: Notes): readonly Event[] => {
    if (piece !== undefined && piece !== "") seen.use("S17", `/content/${index}/thinking`);
    return text(piece);
  };
  const cite = (delta: Fields, seen: Notes): readonly Event[] => {
    const entry = delta.any("citation") ?? null;
    const citation = decodeCitation(entry, seen.document);
    if (citation === undefined) return [];
    noteCitation(entry, citation, `/content/${index}/citations/${cited++}`, seen);
    return [{ type: "cite", ...AT(index), citation }];
  };

  return {
    kind: () => kind,
    open: () => [
      open,
      ...text(asString(content.record["text"])),
      ...think(asString(content.record["thinking"]), notes),
      ...sign(asString(content.record["signature"]), notes),
    ],
    delta: (delta, seen) => {
      switch (asString(delta?.record["type"]) ?? "") {
        case "text_delta":
          return text(asString(delta?.record["text"]));
        case "thinking_delta":
          return think(asString(delta?.record["thinking"]), seen);
        case "signature_delta":
          return sign(asString(delta?.record["signature"]), seen);
        case "citations_delta":
          return delta === undefined ? [] : cite(delta, seen);
        case "input_json_delta": {
          const piece = text(asString(delta?.record["partial_json"]));
          fragments ||= piece.length > 0;
          return piece;
        }
        default:
          return [];
      }
    },
    close: () => {
      const late = kind === "toolCall" && !fragments ? text(whole ?? "{}") : [];
      return [...late, { type: "close", ...AT(index) }];
    },
  };
}

function redacted(index: number, content: Fields, notes: Notes, origin: Origin): BlockDecoder {
  const data = asString(content.record["data"]) ?? "";
  notes.use("S18", `/content/${index}/data`);
  return {
    kind: () => "thinking",
    open: () => [
      { type: "open", ...AT(index), head: { kind: "thinking", form: "summary", redacted: true } },
      { type: "opaque", ...AT(index), opaque: signatureOf(data, "redacted", origin) },
    ],
    delta: () => [],
    close: () => [{ type: "close", ...AT(index) }],
  };
}

/** Blocks that only this vendor understands: put together again, and kept whole. */
function verbatim(index: number, content: Fields, notes: Notes): BlockDecoder {
  const members = new Map<string, Printable>();
  for (const key of Object.keys(content.record)) {
    const text = content.text(key);
    members.set(key, text === undefined ? null : raw(text));
  }
  const strings = new Map<string, string>();
  let input = "";
  let size = 0;
  notes.use("S06", `/content/${index}`);
  return {
    kind: () => "vendor",
    open: () => [],
    delta: (delta) => {
      size += sizeOf(delta);
      if (size > MAX_VERBATIM) return [TOO_LARGE];
      input += asString(delta?.record["partial_json"]) ?? "";
      for (const [key, value] of Object.entries(delta?.record ?? {})) {
        if (key === "type" || key === "partial_json" || typeof value !== "string") continue;
        strings.set(key, (strings.get(key) ?? startText(content, key)) + value);
      }
      return [];
    },
    close: () => {
      const complete = input === "" ? undefined : jsonText(input);
      if (complete !== undefined) members.set("input", raw(complete));
      for (const [key, text] of strings) members.set(key, text);
      // What was printed here is JSON.
      const text = printJson(Object.fromEntries(members)) as JsonText;
      const block: Block = { kind: "vendor", dialect: DIALECT, text, id: "S06" };
      return [
        { type: "open", ...AT(index), head: { kind: "whole", block } },
        { type: "close", ...AT(index) },
      ];
    },
  };
}

/** Most characters of one block that is put together here (translation.md D.1, size). */
const MAX_VERBATIM = 16 * 1024 * 1024;

const TOO_LARGE: Event = {
  type: "error",
  failure: { class: "bad-upstream-reply", message: "a block of the stream is too large" },
};

function sizeOf(delta: Fields | undefined): number {
  const texts = Object.values(delta?.record ?? {}).flatMap((value) => asString(value) ?? []);
  return texts.reduce((size, text) => size + text.length, 0);
}

function startText(content: Fields, key: string): string {
  return asString(content.record[key]) ?? "";
}
