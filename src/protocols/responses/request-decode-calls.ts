// Calls and their outputs, which are items of their own (translation.md B.4). `call_id` names a call; the item's own id is
// the server's and never stands in its place (E134).
import { compact, filled } from "../../lib/compact.ts";
import { asString } from "../../lib/json.ts";
import type { ToolCallBlock, ToolResultBlock } from "../../ir/block.ts";
import type { Fields } from "../kit/fields.ts";
import type { ItemContext } from "./request-decode-input.ts";
import { decodeContent } from "./request-decode-parts.ts";
import { groupedName } from "./request-decode-tools.ts";

/** A `function_call` or `custom_tool_call`. */
export function decodeCall(item: Fields, context: ItemContext): ToolCallBlock {
  const isCustom = asString(item.record["type"]) === "custom_tool_call";
  item.skip("type", "id", "status");
  const id = item.required("call_id");
  if (isCustom) {
    context.notes.use("R24", item.path);
    context.custom.add(id);
  }
  const group = item.string("namespace");
  const name = item.required("name");
  const whole = group === undefined ? name : groupedName(group, name);
  if (group !== undefined) {
    context.notes.use("R33", item.path);
    context.groups.set(whole, { group, name });
  }
  const caller = item.residue("caller", "R34");
  return compact({
    kind: "toolCall",
    id,
    name: whole,
    argsText: item.required(isCustom ? "input" : "arguments"),
    call: isCustom ? "custom" : "function",
    ext: filled([...caller, ...item.rest("R00")]),
  });
}

/** A `function_call_output` or `custom_tool_call_output`. */
export function decodeOutput(item: Fields, context: ItemContext): ToolResultBlock {
  const isCustom = asString(item.record["type"]) === "custom_tool_call_output";
  if (isCustom) context.notes.use("R24", item.path);
  item.skip("type", "id", "status");
  if (isCustom) context.notes.use("R24", item.path);
  const id = item.required("call_id");
  const output = item.any("output") ?? "";
  const parts = decodeContent(output, item.at("output"), context.notes);
  for (const part of parts) {
    if (part.kind === "image") context.notes.use("R37", item.path);
    if (part.kind === "document") context.notes.use("R38", item.path);
  }
  return compact({
    kind: "toolResult",
    id,
    // An empty string is no words.
    parts: output === "" ? [] : parts,
    isError: false,
    custom: isCustom || context.custom.has(id) ? true : undefined,
    ext: filled(item.rest("R00")),
  });
}
