// Tool calls of a reply, where servers are laxer than the protocol: `type` may be missing, and both forms may be there
// with one of them empty.
import { compact, filled } from "../../lib/compact.ts";
import { asRecord, asString } from "../../lib/json.ts";
import type { ToolCallBlock } from "../../ir/block.ts";
import { fieldsAt, type Fields } from "../kit/fields.ts";
import { hash16 } from "../kit/hash.ts";
import { extraTokens, type CarrierContext } from "./reasoning-decode.ts";

/** The calls of a message, in order. */
export function decodeReplyCalls(
  message: Fields,
  context: CarrierContext,
): readonly ToolCallBlock[] {
  const list = message.list("tool_calls") ?? [];
  const calls = list.flatMap((entry, index) => {
    const fields = fieldsAt(entry, `${message.at("tool_calls")}/${index}`, context.notes);
    return fields === undefined ? [] : [decodeCall(fields, context)];
  });
  const legacy = decodeLegacyCall(message, context);
  return legacy === undefined ? calls : [...calls, legacy];
}

function decodeCall(call: Fields, context: CarrierContext): ToolCallBlock {
  call.skip("type", "index", "function", "custom");
  const custom = asRecord(call.record["custom"]);
  const isCustom = call.record["type"] === "custom" && custom !== undefined;
  const inner = isCustom ? custom : (asRecord(call.record["function"]) ?? {});
  const key = isCustom ? "input" : "arguments";
  const id = call.string("id") ?? "";
  const extra = extraTokens(call, context);
  const name = asString(inner["name"]) ?? "";
  if (isCustom) context.notes.use("R24", call.path);
  return compact({
    kind: "toolCall",
    id: id === "" ? mintedCallId(context, call.path, name) : id,
    name,
    argsText: textOrJson(inner[key], context),
    call: isCustom ? "custom" : "function",
    idMinted: id === "" ? true : undefined,
    opaque: filled(extra.tokens),
    ext: filled([...extra.residues, ...call.rest("S00")]),
  });
}

function textOrJson(value: Parameters<typeof asString>[0], context: CarrierContext): string {
  const record = asRecord(value);
  return record === undefined ? (asString(value) ?? "") : context.notes.document.textOf(record);
}

/** The older form; an empty one is a server's filler. */
function decodeLegacyCall(message: Fields, context: CarrierContext): ToolCallBlock | undefined {
  const call = asRecord(message.record["function_call"]);
  message.skip("function_call");
  const name = asString(call?.["name"]) ?? "";
  if (call === undefined || name === "") return undefined;
  const id = mintedCallId(context, message.at("function_call"), name);
  const argsText = textOrJson(call["arguments"], context);
  return { kind: "toolCall", id, name, argsText, call: "function", idMinted: true };
}

/** An id for a call without one: from the reply's own id, so that two replies of one conversation do not clash. */
export function mintedCallId(context: CarrierContext, path: string, name: string): string {
  const id = asString(asRecord(context.notes.document.root)?.["id"]) ?? "";
  return `call_${hash16(`${id} ${path} ${name}`)}`;
}
