// Chat Completions requests to the neutral model (translation.md A.1, B). This file joins the pieces; each kind of
// member has its own file beside it.
import { compact } from "../../lib/compact.ts";
import { asRecord, type JsonDocument } from "../../lib/json.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { Failure } from "../../ir/failure.ts";
import type { Req, Residue } from "../../ir/request.ts";
import { fieldsOf, type Fields } from "../kit/fields.ts";
import { missing, takeNotes, type Notes } from "../kit/notes.ts";
import { decodeOptions } from "../kit/options.ts";
import type { DecodeContext } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { decodeMessages } from "./request-decode-messages.ts";
import { decodeSettings } from "./request-decode-settings.ts";
import { decodeTools } from "./request-decode-tools.ts";

/** Decodes a request; a document that OpenAI would refuse for its shape is class `invalid` with OpenAI's `param`. */
export function decode(document: JsonDocument, context: DecodeContext): Result<Req, Failure> {
  const notes = takeNotes(document, DIALECT, true);
  const root = asRecord(document.root);
  if (root === undefined) {
    return err({ class: "invalid", message: "The request body must be a JSON object." });
  }
  const body = fieldsOf(root, "", notes);
  const request = decodeBody(body, notes, context);
  const failure = notes.failure();
  return failure === undefined ? ok({ ...request, uses: notes.uses() }) : err(failure);
}

function decodeBody(body: Fields, notes: Notes, context: DecodeContext): Req {
  body.skip("model", "stream");
  const messages = body.list("messages");
  if (messages === undefined) notes.reject(missing("/messages"));
  const turns = decodeMessages(messages ?? [], notes, context);
  const { tools, toolChoice, residues: toolResidues, legacyCalls } = decodeTools(body, notes);
  const settings = decodeSettings(body, notes);
  const stream = decodeStreamOptions(body);
  const options = decodeOptions(body, notes);
  const ext = [...toolResidues, ...settings.residues, ...stream.residues, ...body.rest("R00")];
  return compact({
    model: context.model,
    stream: context.stream,
    streamUsage: stream.usage,
    turns,
    tools,
    toolChoice,
    legacyCalls: legacyCalls ? true : undefined,
    ...settings.fields,
    ext,
    options,
    uses: [],
    source: DIALECT,
  });
}

function decodeStreamOptions(body: Fields): {
  readonly usage: boolean | undefined;
  readonly residues: readonly Residue[];
} {
  const options = body.fields("stream_options");
  if (options === undefined) return { usage: undefined, residues: [] };
  return { usage: options.boolean("include_usage"), residues: options.rest("R00") };
}
