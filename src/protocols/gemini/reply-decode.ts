// Buffered replies of generateContent to the neutral model. Lenient: what the server adds becomes residue, never a failure.
import { compact, filled } from "../../lib/compact.ts";
import { asArray, asNumber, asRecord, type Json, type JsonDocument } from "../../lib/json.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { conform, stopWithCalls } from "../../ir/conform.ts";
import type { Failure } from "../../ir/failure.ts";
import { fold } from "../../ir/fold.ts";
import type { Candidate, Reply } from "../../ir/reply.ts";
import type { Frame } from "../../wire/frame.ts";
import { fieldsAt, fieldsOf, type Fields } from "../kit/fields.ts";
import { takeNotes } from "../kit/notes.ts";
import { isPlainOrder } from "../kit/plain-order.ts";
import type { Origin } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { decodeLogprobs } from "./logprobs.ts";
import { blockIn, finer, readHead, readUsage } from "./reply-decode-head.ts";
import { candidateResidues, groundBlocks } from "./reply-decode-grounding.ts";
import { decodeParts, type ReplyReading } from "./reply-decode-parts.ts";
import { decoder } from "./stream-decode.ts";
import { decodeStop, isFine } from "./stop.ts";
import { failureIn } from "./failure.ts";

/** Decodes a reply; an error in disguise, or a 200 without an answer, is a failure of the upstream (E254). */
export function decode(document: JsonDocument, origin: Origin): Result<Reply, Failure> {
  const chunks = asArray(document.root);
  if (chunks !== undefined) return joinChunks(chunks, document, origin);
  const root = asRecord(document.root);
  const candidates = asArray(root?.["candidates"]) ?? [];
  const blocked = blockIn(root);
  if (root === undefined || (candidates.length === 0 && blocked === undefined)) {
    const failure = failureIn(document.root);
    return err(
      failure ?? { class: "bad-upstream-reply", message: "the reply holds no candidates" },
    );
  }
  const notes = takeNotes(document, DIALECT, false);
  const body = fieldsOf(root, "", notes);
  body.skip("candidates");
  const head = readHead(body, notes);
  const reading = { notes, origin, replyId: head.id ?? "" };
  const answers = candidates.flatMap((entry, at) => {
    const fields = fieldsAt(entry, `/candidates/${at}`, notes);
    const index = asNumber(fields?.record["index"]) ?? at;
    return fields === undefined ? [] : [{ index, answer: decodeCandidate(fields, index, reading) }];
  });
  const ordered = answers.sort((a, b) => a.index - b.index).map(({ answer }) => answer);
  if (ordered.length > 1) notes.use("S23", "/candidates");
  if (blocked !== undefined) notes.use("S10", "/promptFeedback");
  const { usage, tier, ext } = readUsage(body, notes);
  return ok(
    compact({
      ...head,
      candidates: blocked === undefined ? ordered : [{ blocks: [], stop: blocked }],
      usage,
      tier,
      ext: [...ext, ...body.residue("promptFeedback", "S13"), ...body.rest("S00")],
      uses: notes.uses(),
    }),
  );
}

/** A stream without `alt=sse` that was read as one body: a list of all chunks. */
function joinChunks(
  chunks: readonly Json[],
  document: JsonDocument,
  origin: Origin,
): Result<Reply, Failure> {
  const stream = decoder(origin);
  const grammar = conform({ serial: false });
  const folded = fold(Infinity);
  const frames = chunks.map((chunk): Frame => ({ kind: "element", text: document.textOf(chunk) }));
  const events = [...frames.flatMap(stream.push), ...stream.end()].flatMap(grammar.push);
  [...events, ...grammar.end()].forEach(folded.push);
  return folded.result();
}

function decodeCandidate(fields: Fields, index: number, reading: ReplyReading): Candidate {
  const { notes } = reading;
  fields.skip("index", "content");
  const content = asRecord(fields.record["content"]);
  const parts = asArray(content?.["parts"]) ?? [];
  const place = { path: `${fields.path}/content/parts`, candidate: index };
  const { blocks, indexes } = decodeParts(parts, place, reading);
  if (!isPlainOrder(blocks)) notes.use("S05", place.path);
  const logprobs = decodeLogprobs(fields, notes);
  const plain = decodeStop(fields.any("finishReason"));
  if (isFine(plain)) notes.use("S10", fields.at("finishReason"));
  const stop = stopWithCalls(
    plain,
    blocks.some(({ kind }) => kind === "toolCall"),
  );
  return compact({
    blocks: groundBlocks(blocks, indexes, fields, notes),
    stop,
    logprobs: logprobs.tokens,
    ext: filled([...finer(plain, fields), ...logprobs.ext, ...candidateResidues(fields)]),
  });
}
