// `systemInstruction` and `contents` to turns: one turn for each content of the source (translation.md B.1).
import { compact, filled } from "../../lib/compact.ts";
import { asArray, asRecord, asString, type Json } from "../../lib/json.ts";
import type { Block } from "../../ir/block.ts";
import type { Role, Turn } from "../../ir/request.ts";
import { fieldsAt, type Fields } from "../kit/fields.ts";
import { missing, wrongValue, type Notes } from "../kit/notes.ts";
import type { DecodeContext } from "../protocol.ts";
import { callLedger } from "./call-ledger.ts";
import { decodePart, type PartReading } from "./request-decode-parts.ts";

/** All turns, the instructions first. */
export function decodeContents(
  body: Fields,
  notes: Notes,
  context: DecodeContext,
): readonly Turn[] {
  const reading: PartReading = { notes, context, ledger: callLedger() };
  const contents = contentsOf(body);
  const turns = contents.flatMap((entry, index) => {
    const content = fieldsAt(entry, `/contents/${index}`, notes);
    return content === undefined ? [] : [decodeContent(content, reading)];
  });
  const last = turns.at(-1);
  if (last?.role === "assistant") notes.use("R41", last.path);
  return [...decodeSystem(body, reading), ...turns];
}

/** One content may stand without a list around it. */
function contentsOf(body: Fields): readonly Json[] {
  const single = asRecord(body.record["contents"]);
  if (single === undefined) return body.list("contents") ?? [];
  body.skip("contents");
  return [single];
}

function decodeSystem(body: Fields, reading: PartReading): readonly Turn[] {
  const { notes } = reading;
  const plain = asString(body.record["systemInstruction"]);
  if (plain !== undefined) {
    body.skip("systemInstruction");
    notes.use("R01", "/systemInstruction");
    return [systemTurn([{ kind: "text", text: plain }])];
  }
  const system = body.fields("systemInstruction");
  if (system === undefined) return [];
  // Whatever role is given, it is the instructions'.
  system.skip("role");
  const blocks = partsOf(system, reading);
  if (blocks.length > 0) notes.use("R01", "/systemInstruction");
  return blocks.length === 0 ? [] : [systemTurn(blocks)];
}

function systemTurn(blocks: readonly Block[]): Turn {
  return { role: "system", place: "top", blocks, path: "/systemInstruction" };
}

function decodeContent(content: Fields, reading: PartReading): Turn {
  const role = roleOf(content, reading.notes);
  if (content.record["parts"] === undefined) reading.notes.reject(missing(content.at("parts")));
  return compact({
    role,
    place: "inline",
    blocks: partsOf(content, reading),
    path: content.path,
    ext: filled(content.rest("R00")),
  });
}

function partsOf(content: Fields, reading: PartReading): readonly Block[] {
  const value = content.any("parts");
  const list = asArray(value) ?? (value === undefined ? [] : [value]);
  return list.flatMap((entry, index) => {
    const path =
      asArray(value) === undefined ? content.at("parts") : `${content.at("parts")}/${index}`;
    const part = fieldsAt(entry, path, reading.notes);
    return part === undefined ? [] : [decodePart(part, reading)];
  });
}

const ROLES: Readonly<Record<string, Role>> = {
  user: "user",
  model: "assistant",
  // Before results were parts of the user's turn (E046).
  function: "user",
  tool: "user",
};

function roleOf(content: Fields, notes: Notes): Role {
  const word = content.string("role") ?? "";
  // Without a role it is the user's.
  if (word === "") return "user";
  const role = Object.hasOwn(ROLES, word) ? ROLES[word] : undefined;
  if (role === undefined) notes.reject(wrongValue(content.at("role"), word, ["user", "model"]));
  return role ?? "user";
}
