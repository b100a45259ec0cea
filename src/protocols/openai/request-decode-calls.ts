// Tool calls of assistant messages, in the present form (`tool_calls`) and the one before it (`function_call`).
import { compact, filled } from "../../lib/compact.ts";
import { asRecord, asString } from "../../lib/json.ts";
import type { ToolCallBlock } from "../../ir/block.ts";
import type { Residue } from "../../ir/request.ts";
import { fieldsAt, type Fields } from "../kit/fields.ts";
import { missing } from "../kit/notes.ts";
import type { MessageContext } from "./request-decode-messages.ts";
import { carrierContext, extraTokens } from "./reasoning-decode.ts";

/** Remembers calls, so that what refers to them later can be understood. */
export type CallLedger = {
  readonly note: (call: ToolCallBlock) => void;
  /** Whether a call was a free-form one. */
  readonly isCustom: (id: string) => boolean;
  /** The oldest call of this name without an id of its own that nobody has answered; it counts as answered then. */
  readonly answered: (name: string) => string | undefined;
};

/** An empty ledger. */
export function callLedger(): CallLedger {
  const custom = new Set<string>();
  const waiting: ToolCallBlock[] = [];
  return {
    note: (call) => {
      if (call.call === "custom") custom.add(call.id);
      if (call.idMinted === true) waiting.push(call);
    },
    isCustom: (id) => custom.has(id),
    answered: (name) => {
      const at = waiting.findIndex((call) => call.name === name);
      return at < 0 ? undefined : waiting.splice(at, 1)[0]?.id;
    },
  };
}

/** The calls of an assistant message, in order. */
export function decodeCalls(message: Fields, context: MessageContext): readonly ToolCallBlock[] {
  const list = message.list("tool_calls") ?? [];
  const calls = list.flatMap((entry, index) => {
    const fields = fieldsAt(entry, `${message.at("tool_calls")}/${index}`, context.notes);
    return fields === undefined ? [] : [decodeCall(fields, index, context)];
  });
  const legacy = decodeLegacyCall(message, context);
  const all = legacy === undefined ? calls : [...calls, legacy];
  all.forEach(context.ledger.note);
  return all;
}

function decodeCall(call: Fields, index: number, context: MessageContext): ToolCallBlock {
  const { notes } = context;
  const isCustom = call.string("type") === "custom";
  if (isCustom) notes.use("R24", call.path);
  const key = isCustom ? "custom" : "function";
  const inner = call.fields(key);
  // The place in the list; some clients send back what the stream told them.
  call.skip("index");
  if (inner === undefined) notes.reject(missing(call.at(key)));
  const named = inner === undefined ? NAMELESS : decodeNamed(inner, isCustom, context);
  const id = call.string("id");
  const extra = extraTokens(call, carrierContext(notes, context.decode));
  return compact({
    kind: "toolCall",
    id: id ?? mintedId(call.path, index),
    name: named.name,
    argsText: named.argsText,
    call: isCustom ? "custom" : "function",
    idMinted: id === undefined ? true : undefined,
    opaque: filled(extra.tokens),
    ext: filled([...named.residues, ...extra.residues, ...call.rest("R00")]),
  });
}

type Named = {
  readonly name: string;
  readonly argsText: string;
  readonly residues: readonly Residue[];
};

const NAMELESS: Named = { name: "", argsText: "", residues: [] };

function decodeNamed(inner: Fields, isCustom: boolean, context: MessageContext): Named {
  const name = inner.required("name");
  const argsText = argumentsOf(inner, !isCustom, context);
  return { name, argsText, residues: inner.rest("R00") };
}

/** Some servers and clients keep the arguments as an object. */
function argumentsOf(inner: Fields, isFunction: boolean, context: MessageContext): string {
  const key = isFunction ? "arguments" : "input";
  const record = asRecord(inner.record[key]);
  if (record === undefined) return inner.string(key) ?? "";
  inner.skip(key);
  return context.notes.document.textOf(record);
}

function decodeLegacyCall(message: Fields, context: MessageContext): ToolCallBlock | undefined {
  const call = message.fields("function_call");
  const name = asString(call?.record["name"]);
  // Some vendors send an empty call with every message.
  if (call === undefined || name === undefined || name === "") return undefined;
  call.skip("name");
  const argsText = argumentsOf(call, true, context);
  return compact({
    kind: "toolCall",
    id: mintedId(message.path, 0),
    name,
    argsText,
    call: "function",
    idMinted: true,
    ext: filled(call.rest("R00")),
  });
}

/** An id from the call's place: every turn of the conversation gives it the same one. */
function mintedId(path: string, index: number): string {
  return `call_gw_${path
    .split("/")
    .filter((part) => /^\d+$/.test(part))
    .join("_")}_${index}`;
}
