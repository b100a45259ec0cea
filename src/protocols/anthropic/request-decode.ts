// Messages requests to the neutral model (translation.md A.3, B). This file joins the pieces; each kind of member has its
// own file beside it.
import { compact } from "../../lib/compact.ts";
import { asRecord, type JsonDocument } from "../../lib/json.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { Failure } from "../../ir/failure.ts";
import type { Req } from "../../ir/request.ts";
import { fieldsOf, type Fields } from "../kit/fields.ts";
import { missing, takeNotes, type Notes, type Problem } from "../kit/notes.ts";
import { segments } from "../kit/pointer.ts";
import { decodeOptions } from "../kit/options.ts";
import type { DecodeContext } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { decodeMessages } from "./request-decode-messages.ts";
import { decodeSettings } from "./request-decode-settings.ts";
import { decodeTools } from "./request-decode-tools.ts";
import { heldElsewhere } from "./thread.ts";

/** Decodes a request; a document that the vendor would refuse for its shape is class `invalid`. */
export function decode(document: JsonDocument, context: DecodeContext): Result<Req, Failure> {
  const notes = takeNotes(document, DIALECT, true);
  const root = asRecord(document.root);
  if (root === undefined)
    return err({ class: "invalid", message: "The body must be a JSON object." });
  const held = heldElsewhere(root);
  if (held !== undefined) return err(held);
  const request = decodeBody(fieldsOf(root, "", notes), notes, context);
  const problem = notes.problem();
  return problem === undefined ? ok({ ...request, uses: notes.uses() }) : err(asFailure(problem));
}

/** In the vendor's words: where, with dots, and what should be there. */
function asFailure({ path, code, expected, message }: Problem): Failure {
  const where = segments(path).join(".");
  if (code === "missing_required_parameter")
    return { class: "invalid", message: `${where}: Field required`, param: where };
  const fault = expected === undefined ? message : `Input should be ${expected}`;
  return { class: "invalid", message: `${where}: ${fault}`, param: where };
}

const NO_MESSAGE: Problem = { path: "/messages", message: "at least one message is required" };

function decodeBody(body: Fields, notes: Notes, context: DecodeContext): Req {
  body.skip("model", "stream");
  const messages = body.list("messages");
  if (messages === undefined) notes.reject(missing("/messages"));
  if (messages?.length === 0) notes.reject(NO_MESSAGE);
  const turns = decodeMessages(body, notes, context);
  const { tools, toolChoice, parallelCalls } = decodeTools(body, notes);
  const settings = decodeSettings(body, notes);
  const options = decodeOptions(body, notes);
  return compact({
    model: context.model,
    stream: context.stream,
    // Usage is part of every stream of this dialect.
    streamUsage: true,
    turns,
    tools,
    toolChoice,
    parallelCalls,
    ...settings.fields,
    ext: [...settings.residues, ...body.rest("R00")],
    options,
    uses: [],
    source: DIALECT,
  });
}
