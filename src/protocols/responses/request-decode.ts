// Responses requests to the neutral model (translation.md A.2, B). This file joins the pieces; each kind of member has its
// own file beside it.
import { compact, filled } from "../../lib/compact.ts";
import { asRecord, type JsonDocument } from "../../lib/json.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { Failure } from "../../ir/failure.ts";
import type { Req, Residue, ToolGroup } from "../../ir/request.ts";
import { fieldsOf, type Fields } from "../kit/fields.ts";
import { takeNotes, type Notes } from "../kit/notes.ts";
import { decodeOptions } from "../kit/options.ts";
import type { DecodeContext } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { echoOf } from "./echo.ts";
import { decodeInput } from "./request-decode-input.ts";
import { decodeSettings } from "./request-decode-settings.ts";
import { decodeTools } from "./request-decode-tools.ts";

/** Decodes a request; a document that OpenAI would refuse for its shape is class `invalid` with OpenAI's `param`. */
export function decode(document: JsonDocument, context: DecodeContext): Result<Req, Failure> {
  const notes = takeNotes(document, DIALECT, true);
  const root = asRecord(document.root);
  if (root === undefined) {
    return err({ class: "invalid", message: "The request body must be a JSON object." });
  }
  const request = decodeBody(fieldsOf(root, "", notes), notes, context);
  const failure = notes.failure();
  return failure === undefined ? ok({ ...request, uses: notes.uses() }) : err(failure);
}

function decodeBody(body: Fields, notes: Notes, context: DecodeContext): Req {
  body.skip("model", "stream");
  // Tools of the history may not be offered any more.
  const called = new Map<string, ToolGroup>();
  const turns = decodeInput(body, notes, context, called);
  const { tools, groups: offered, clientTools, toolChoice, residues } = decodeTools(body, notes);
  const groups = new Map([...called, ...offered]);
  const settings = decodeSettings(body, notes);
  const ext = [...residues, ...settings.residues, ...decodeState(body), ...body.rest("R00")];
  return compact({
    model: context.model,
    stream: context.stream,
    // Usage is part of every stream of this dialect.
    streamUsage: true,
    turns,
    tools,
    groups: groups.size === 0 ? undefined : groups,
    clientTools,
    toolChoice,
    ...settings.fields,
    ext,
    echo: filled(echoOf(body.record, notes.document)),
    options: decodeOptions(body, notes),
    uses: [],
    source: DIALECT,
  });
}

/** What only the vendor's own memory can resolve (B03): answering without it would answer without the history. */
function decodeState(body: Fields): readonly Residue[] {
  const isNow = body.record["background"] === false;
  if (isNow) body.skip("background");
  return [
    ...body.residue("previous_response_id", "B03"),
    ...body.residue("conversation", "B03"),
    ...body.residue("prompt", "B03"),
    ...(isNow ? [] : body.residue("background", "R76")),
  ];
}
