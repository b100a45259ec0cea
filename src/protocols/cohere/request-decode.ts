// Requests of v2 chat to the neutral model (translation.md A.6, B). This file joins the pieces; each kind of member has its
// own file beside it.
import { compact } from "../../lib/compact.ts";
import { asRecord, type JsonDocument } from "../../lib/json.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { Failure } from "../../ir/failure.ts";
import type { Req } from "../../ir/request.ts";
import { fieldsOf, type Fields } from "../kit/fields.ts";
import { missing, takeNotes, type Notes } from "../kit/notes.ts";
import { decodeOptions } from "../kit/options.ts";
import type { DecodeContext } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { decodeDocuments, withDocuments } from "./request-decode-documents.ts";
import { decodeMessages } from "./request-decode-messages.ts";
import { decodeSettings } from "./request-decode-settings.ts";
import { decodeTools } from "./request-decode-tools.ts";

/** Decodes a request; a document that the service would refuse for its shape is class `invalid`. */
export function decode(document: JsonDocument, context: DecodeContext): Result<Req, Failure> {
  const notes = takeNotes(document, DIALECT, true);
  const root = asRecord(document.root);
  if (root === undefined)
    return err({ class: "invalid", message: "The body must be a JSON object." });
  const request = decodeBody(fieldsOf(root, "", notes), notes, context);
  const failure = notes.failure();
  return failure === undefined ? ok({ ...request, uses: notes.uses() }) : err(failure);
}

function decodeBody(body: Fields, notes: Notes, context: DecodeContext): Req {
  // The route decided about model and stream already.
  body.skip("model", "stream");
  const messages = body.list("messages");
  if (messages === undefined) notes.reject(missing("/messages"));
  const turns = decodeMessages(messages ?? [], notes);
  const documents = decodeDocuments(body, notes);
  const placed = withDocuments(turns, documents.blocks, body);
  const { tools, toolChoice } = decodeTools(body, notes);
  const settings = decodeSettings(body, notes);
  return compact({
    model: context.model,
    stream: context.stream,
    // Usage is part of every stream of this dialect.
    streamUsage: true,
    turns: placed.turns,
    tools,
    toolChoice,
    ...settings.fields,
    ext: [...placed.ext, ...documents.ext, ...settings.residues, ...body.rest("R00")],
    options: decodeOptions(body, notes),
    uses: [],
    source: DIALECT,
  });
}
