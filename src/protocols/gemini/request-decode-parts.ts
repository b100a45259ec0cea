// Parts, each with one member that says what it is, and modifiers beside it (translation.md A.4, B.2, B.4, B.7).
import { compact, filled } from "../../lib/compact.ts";
import { asRecord, asString, type JsonRecord, type JsonText } from "../../lib/json.ts";
import type { Block, Opaque, ToolCallBlock, ToolResultBlock } from "../../ir/block.ts";
import type { LossId } from "../../ir/loss.ts";
import { fieldsAt, type Fields } from "../kit/fields.ts";
import { GOOGLE_VENDOR } from "../kit/google-vendor.ts";
import { missing, type Notes } from "../kit/notes.ts";
import type { DecodeContext } from "../protocol.ts";
import { isMinted, type CallLedger } from "./call-ledger.ts";
import { DIALECT } from "./dialect.ts";
import { decodeMedia } from "./request-decode-media.ts";
import { isSentinel } from "./sentinel.ts";

/** What decoding parts needs. */
export type PartReading = {
  readonly notes: Notes;
  readonly context: DecodeContext;
  readonly ledger: CallLedger;
};

/** Decodes one part. What only this vendor understands stays verbatim. */
export function decodePart(part: Fields, reading: PartReading): Block {
  const { notes } = reading;
  const block = knownPart(part, reading);
  if (block === undefined) return verbatim(part, notes);
  const opaque = filled(tokensOf(part, block, reading));
  const ext = filled([...(block.ext ?? []), ...part.rest("R00")]);
  const redacted =
    block.kind === "thinking" && opaque?.some(({ kind }) => kind === "redacted") === true;
  return { ...block, ...compact({ opaque, ext }), ...(redacted ? { redacted } : {}) };
}

function knownPart(part: Fields, reading: PartReading): Block | undefined {
  const { record } = part;
  const text = asString(record["text"]);
  if (text !== undefined) return decodeText(part, text, reading);
  if (asRecord(record["functionCall"]) !== undefined) return decodeCall(part, reading);
  if (asRecord(record["functionResponse"]) !== undefined) return decodeResult(part, reading);
  const hasData = Object.keys(record).some((key) => VERBATIM.has(key));
  // A part of nothing but a signature.
  if (!hasData && asString(record["thoughtSignature"]) !== undefined && !hasMedia(part)) {
    const block = decodeText(part, "", reading);
    return block.kind === "thinking" ? { ...block, redacted: true } : block;
  }
  return decodeMedia(part, reading.notes);
}

function hasMedia({ record }: Fields): boolean {
  return record["inlineData"] !== undefined || record["fileData"] !== undefined;
}

/** Parts of what the server ran itself. */
const VERBATIM: ReadonlySet<string> = new Set([
  "executableCode",
  "codeExecutionResult",
  "toolCall",
  "toolResponse",
]);

function verbatim(part: Fields, notes: Notes): Block {
  const hosted = Object.keys(part.record).some((key) => VERBATIM.has(key));
  const id: LossId = hosted ? "S06" : "R00";
  notes.use(id, part.path);
  return { kind: "vendor", dialect: DIALECT, text: notes.document.textOf(part.record), id };
}

function decodeText(part: Fields, text: string, { notes }: PartReading): Block {
  part.skip("text");
  if (part.boolean("thought") !== true) return { kind: "text", text };
  if (text !== "") notes.use("R61", part.path);
  return { kind: "thinking", text, form: "summary", redacted: false };
}

/** An envelope is opened; another token is the vendor's own (0.4). */
function tokensOf(part: Fields, _block: Block, reading: PartReading): readonly Opaque[] {
  const data = part.string("thoughtSignature");
  if (data === undefined || data === "" || isSentinel(data)) return [];
  const sealed = reading.context.unseal(data);
  reading.notes.use(sealed === undefined ? "R62" : "B08", part.path);
  return [sealed ?? { vendor: GOOGLE_VENDOR, kind: "thoughtSignature", data }];
}

function decodeCall(part: Fields, { notes, ledger }: PartReading): ToolCallBlock {
  const call = fieldsAt(part.any("functionCall"), part.at("functionCall"), notes);
  const name = call?.required("name") ?? "";
  const args = call?.any("args");
  const id = ledger.call(call?.string("id"), name);
  return compact({
    kind: "toolCall",
    id,
    name,
    argsText: args === undefined ? "{}" : notes.document.textOf(args),
    call: "function",
    idMinted: isMinted(id) ? true : undefined,
    ext: filled(call?.rest("R00") ?? []),
  });
}

function decodeResult(part: Fields, reading: PartReading): ToolResultBlock {
  const { notes, ledger } = reading;
  const result = fieldsAt(part.any("functionResponse"), part.at("functionResponse"), notes);
  const name = result?.required("name") ?? "";
  const id = ledger.answer(result?.string("id"), name);
  const { parts, isError } = answerOf(result, part.path, notes);
  const media = mediaOf(result, part.path, reading);
  return compact({
    kind: "toolResult",
    id,
    name,
    parts: [...parts, ...media],
    isError,
    ext: filled(result?.rest("R00") ?? []),
  });
}

/** `output` and `error` with text are text; anything else is the whole object (R36, R39; E124). */
function answerOf(
  result: Fields | undefined,
  path: string,
  notes: Notes,
): { readonly parts: readonly Block[]; readonly isError: boolean } {
  const response = asRecord(result?.any("response"));
  if (response !== undefined) return readResponse(response, path, notes);
  if (result !== undefined && result.record["response"] === undefined)
    notes.reject(missing(result.at("response")));
  return { parts: [], isError: false };
}

type Response = { readonly parts: readonly Block[]; readonly isError: boolean };

function readResponse(response: JsonRecord, path: string, notes: Notes): Response {
  const [key = "", ...others] = Object.keys(response);
  const isError = key === "error" && others.length === 0;
  if (isError) notes.use("R39", path);
  const isOutput = key === "output" && others.length === 0;
  const text = isOutput || isError ? asString(response[key]) : undefined;
  if (text !== undefined) return { parts: text === "" ? [] : [{ kind: "text", text }], isError };
  notes.use("R36", path);
  const json = isError ? textOfMember(response, key, notes) : notes.document.textOf(response);
  return { parts: [{ kind: "json", text: json }], isError };
}

function textOfMember(record: JsonRecord, key: string, notes: Notes): JsonText {
  return notes.document.numberText(record, key) ?? notes.document.textOf(record[key] ?? null);
}

/** Images and documents of a result (R37, R38). */
function mediaOf(result: Fields | undefined, path: string, reading: PartReading): readonly Block[] {
  const { notes } = reading;
  return (result?.list("parts") ?? []).map((entry, index) => {
    const part = fieldsAt(entry, `${result?.at("parts") ?? ""}/${index}`, notes);
    const block = part === undefined ? undefined : decodeMedia(part, notes);
    if (part === undefined || block === undefined)
      return { kind: "vendor", dialect: DIALECT, text: notes.document.textOf(entry), id: "R00" };
    notes.use(block.kind === "image" ? "R37" : "R38", path);
    const ext = filled([...(block.ext ?? []), ...part.rest("R00")]);
    return { ...block, ...compact({ ext }) };
  });
}
