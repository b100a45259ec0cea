// `system` and `messages` to turns: one turn for each message of the source (translation.md B.1).
import { compact, filled } from "../../lib/compact.ts";
import type { Role, Turn } from "../../ir/request.ts";
import { fieldsAt, type Fields } from "../kit/fields.ts";
import { missing, wrongValue, type Notes } from "../kit/notes.ts";
import type { DecodeContext } from "../protocol.ts";
import { decodeContent } from "./request-decode-blocks.ts";

const ROLES = ["user", "assistant", "system"] as const;

/** All turns, the system's first. */
export function decodeMessages(
  body: Fields,
  notes: Notes,
  context: DecodeContext,
): readonly Turn[] {
  const messages = body.list("messages") ?? [];
  const turns = messages.flatMap((entry, index) => {
    const message = fieldsAt(entry, `/messages/${index}`, notes);
    return message === undefined ? [] : [decodeMessage(message, notes, context)];
  });
  if (turns.at(-1)?.role === "assistant") notes.use("R41", turns.at(-1)?.path ?? "");
  return [...decodeSystem(body, notes, context), ...turns];
}

function decodeSystem(body: Fields, notes: Notes, context: DecodeContext): readonly Turn[] {
  const list = body.list("system") ?? [];
  if (list.length === 0) return [];
  const { blocks, ext } = decodeContent(list, "/system", { notes, context });
  if (blocks.length > 0) notes.use("R01", "/system");
  return [compact({ role: "system", place: "top", blocks, path: "/system", ext: filled(ext) })];
}

function decodeMessage(message: Fields, notes: Notes, context: DecodeContext): Turn {
  const role = roleOf(message, notes);
  const content = message.list("content");
  if (content === undefined) notes.reject(missing(message.at("content")));
  if (role === "system") notes.use("R03", message.path);
  const { blocks, ext } = decodeContent(content ?? [], message.at("content"), { notes, context });
  return compact({
    role,
    place: "inline",
    blocks,
    path: message.path,
    ext: filled([...ext, ...message.rest("R00")]),
  });
}

function roleOf(message: Fields, notes: Notes): Role {
  const word = message.required("role");
  const role = ROLES.find((known) => known === word);
  if (role === undefined && word !== "") notes.reject(wrongValue(message.at("role"), word, ROLES));
  return role ?? "user";
}
