// The message list to turns: one turn for each message, tool messages as user turns with one result.
import { compact, filled } from "../../lib/compact.ts";
import type { Json } from "../../lib/json.ts";
import type { Block } from "../../ir/block.ts";
import type { Residue, Role, Turn } from "../../ir/request.ts";
import { fieldsAt, type Fields } from "../kit/fields.ts";
import { wrongValue, type Notes } from "../kit/notes.ts";
import type { DecodeContext } from "../protocol.ts";
import { decodeAssistant } from "./request-decode-assistant.ts";
import { callLedger, type CallLedger } from "./request-decode-calls.ts";
import { decodeContent } from "./request-decode-parts.ts";

/** What decoding one message needs. */
export type MessageContext = {
  readonly notes: Notes;
  readonly decode: DecodeContext;
  /** Ids of calls, for messages that refer to a call by its function's name only. */
  readonly ledger: CallLedger;
};

/** Decodes all messages; what is wrong with them goes to the notes. */
export function decodeMessages(
  messages: readonly Json[],
  notes: Notes,
  decode: DecodeContext,
): readonly Turn[] {
  const context: MessageContext = { notes, decode, ledger: callLedger() };
  const turns: Turn[] = [];
  let place: Turn["place"] = "top";
  let instructions = 0;
  for (const [index, message] of messages.entries()) {
    const fields = fieldsAt(message, `/messages/${index}`, notes);
    const turn = fields === undefined ? undefined : decodeMessage(fields, context);
    if (turn === undefined) continue;
    const isInstruction = turn.role === "system" || turn.role === "developer";
    if (!isInstruction) place = "inline";
    else if (place === "inline") notes.use("R03", turn.path);
    else if ((instructions += 1) > 1) notes.use("R01", turn.path);
    turns.push(isInstruction ? { ...turn, place } : turn);
  }
  return turns;
}

type Decoder = (message: Fields, context: MessageContext) => Turn;

const DECODERS: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ["system", instructions("system")],
  ["developer", instructions("developer")],
  [
    "user",
    (message, context) =>
      turnOf(message, "user", { blocks: decodeContent(message, context) }, context),
  ],
  [
    "assistant",
    (message, context) => turnOf(message, "assistant", decodeAssistant(message, context), context),
  ],
  ["tool", decodeToolMessage],
  ["function", decodeFunctionMessage],
]);

function decodeMessage(message: Fields, context: MessageContext): Turn | undefined {
  const role = message.required("role");
  const decoder = DECODERS.get(role);
  if (decoder !== undefined) return decoder(message, context);
  context.notes.reject(wrongValue(message.at("role"), role, [...DECODERS.keys()]));
  return undefined;
}

function instructions(role: "system" | "developer"): Decoder {
  return (message, context) => {
    if (role === "developer") context.notes.use("R02", message.path);
    return turnOf(message, role, { blocks: decodeContent(message, context) }, context);
  };
}

function turnOf(
  message: Fields,
  role: Role,
  content: { readonly blocks: readonly Block[]; readonly ext?: readonly Residue[] },
  context: MessageContext,
): Turn {
  const name = message.string("name");
  if (name !== undefined) context.notes.use("R04", message.at("name"));
  const ext = filled([...(content.ext ?? []), ...message.rest("R00")]);
  const { blocks } = content;
  return compact({ role, place: "inline", blocks, name, path: message.path, ext });
}

/** Mistral and older clients name the function beside the id; the name then stays with the result. */
function decodeToolMessage(message: Fields, context: MessageContext): Turn {
  const id = message.required("tool_call_id");
  const custom = context.ledger.isCustom(id) ? true : undefined;
  return resultTurn(message, { id, name: message.string("name"), custom }, context);
}

/** The older form of a tool message: it names the function instead of the call. */
function decodeFunctionMessage(message: Fields, context: MessageContext): Turn {
  const name = message.required("name");
  const id = context.ledger.answered(name) ?? `call_${name}`;
  return resultTurn(message, { id, name, custom: undefined }, context);
}

function resultTurn(
  message: Fields,
  result: {
    readonly id: string;
    readonly name: string | undefined;
    readonly custom: true | undefined;
  },
  context: MessageContext,
): Turn {
  const parts = decodeContent(message, context);
  const block = compact({ kind: "toolResult", ...result, parts, isError: false });
  const ext = filled(message.rest("R00"));
  return compact({ role: "user", place: "inline", blocks: [block], path: message.path, ext });
}
