// `system` and `messages` to turns: one turn for each message of the source (translation.md B.1).
import { compact, filled } from "../../lib/compact.ts";
import { asArray, asString } from "../../lib/json.ts";
import type { Block } from "../../ir/block.ts";
import type { Role, Turn } from "../../ir/request.ts";
import { fieldsAt, type Fields } from "../kit/fields.ts";
import { missing, wrongType, wrongValue, type Notes } from "../kit/notes.ts";
import type { DecodeContext } from "../protocol.ts";
import { decodeContent, type ContentContext } from "./request-decode-blocks.ts";

const ROLES = ["user", "assistant", "system"] as const;

/** All turns, the system's first. */
export function decodeMessages(
  body: Fields,
  notes: Notes,
  context: DecodeContext,
): readonly Turn[] {
  const reading: ContentContext = { notes, unseal: context.unseal };
  const messages = body.list("messages") ?? [];
  const turns = messages.flatMap((entry, index) => {
    const message = fieldsAt(entry, `/messages/${index}`, notes);
    return message === undefined ? [] : [decodeMessage(message, reading)];
  });
  const system = decodeSystem(body, reading);
  const last = turns.at(-1);
  if (last?.role === "assistant") notes.use("R41", last.path);
  return [...system, ...turns];
}

function decodeSystem(body: Fields, reading: ContentContext): readonly Turn[] {
  const value = body.any("system");
  if (value === undefined) return [];
  const blocks = contentOf(body, "system", reading);
  if (blocks.length === 0) return [];
  reading.notes.use("R01", "/system");
  return [{ role: "system", place: "top", blocks, path: "/system" }];
}

function decodeMessage(message: Fields, reading: ContentContext): Turn {
  const { notes } = reading;
  const role = roleOf(message, notes);
  if (message.any("content") === undefined) notes.reject(missing(message.at("content")));
  const blocks = contentOf(message, "content", reading);
  if (role === "system") notes.use("R03", message.path);
  return compact({
    role,
    place: "inline",
    blocks,
    path: message.path,
    ext: filled(message.rest("R00")),
  });
}

function roleOf(message: Fields, notes: Notes): Role {
  const word = message.required("role");
  const role = ROLES.find((known) => known === word);
  if (role === undefined && word !== "") notes.reject(wrongValue(message.at("role"), word, ROLES));
  return role ?? "user";
}

/** A string, or a list of blocks. */
function contentOf(fields: Fields, key: string, reading: ContentContext): readonly Block[] {
  const value = fields.any(key);
  const text = asString(value);
  if (text !== undefined) return text === "" ? [] : [{ kind: "text", text }];
  const list = asArray(value);
  if (list !== undefined) return decodeContent(list, fields.at(key), reading);
  if (value !== undefined) {
    reading.notes.reject(wrongType(fields.at(key), "a string or an array of blocks", value));
  }
  return [];
}
