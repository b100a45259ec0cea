// generateContent requests to the neutral model (translation.md A.4, B). This file joins the pieces; each kind of member has
// its own file beside it.
import { compact } from "../../lib/compact.ts";
import { asRecord, type JsonDocument } from "../../lib/json.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { Failure } from "../../ir/failure.ts";
import type { Req } from "../../ir/request.ts";
import { fieldsOf, type Fields } from "../kit/fields.ts";
import { missing, takeNotes, type Notes } from "../kit/notes.ts";
import { decodeOptions } from "../kit/options.ts";
import type { DecodeContext } from "../protocol.ts";
import { camelDocument } from "./camel.ts";
import { DIALECT } from "./dialect.ts";
import { decodeContents } from "./request-decode-contents.ts";
import { decodeSettings } from "./request-decode-settings.ts";
import { decodeTools } from "./request-decode-tools.ts";

/** Decodes a request; a document that the server would refuse for its shape is class `invalid`. */
export function decode(document: JsonDocument, context: DecodeContext): Result<Req, Failure> {
  const camel = camelDocument(document);
  const notes = takeNotes(camel, DIALECT, true);
  const root = asRecord(camel.root);
  if (root === undefined)
    return err({ class: "invalid", message: "The body must be a JSON object." });
  const request = decodeBody(fieldsOf(root, "", notes), notes, context);
  const failure = notes.failure();
  return failure === undefined ? ok({ ...request, uses: notes.uses() }) : err(failure);
}

function decodeBody(body: Fields, notes: Notes, context: DecodeContext): Req {
  // The path names the model; some clients repeat it.
  body.skip("model");
  if (body.record["contents"] === undefined) notes.reject(missing("/contents"));
  const turns = decodeContents(body, notes, context);
  const { tools, toolChoice, residues } = decodeTools(body, notes);
  const settings = decodeSettings(body, notes);
  return compact({
    model: context.model,
    stream: context.stream,
    // Usage is part of every stream of this dialect.
    streamUsage: true,
    turns,
    tools,
    toolChoice,
    ...settings.fields,
    ext: [...residues, ...settings.residues, ...body.rest("R00")],
    options: decodeOptions(body, notes),
    uses: [],
    source: DIALECT,
  });
}
