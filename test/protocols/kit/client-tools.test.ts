// Functions that stand for a vendor's client tools.
import { expect, test } from "bun:test";
import type { ToolDef } from "../../../src/ir/request.ts";
import { jsonText } from "../../../src/lib/json.ts";
import { standInFor } from "../../../src/protocols/kit/client-tools.ts";

type Hosted = Extract<ToolDef, { kind: "hosted" }>;

function hosted(
  fields: Record<string, unknown>,
  service: Hosted["service"] = "client-tool",
): Hosted {
  const text = jsonText(JSON.stringify(fields));
  if (text === undefined) throw new Error("no JSON");
  return { kind: "hosted", dialect: "anthropic", service, text, id: "R29", path: "/tools/0" };
}

test.each([
  [{ type: "bash_20250124", name: "bash" }, "bash", "command"],
  [
    { type: "text_editor_20250728", name: "str_replace_based_edit_tool" },
    "str_replace_based_edit_tool",
    "view_range",
  ],
  [{ type: "text_editor_20250124", name: "str_replace_editor" }, "str_replace_editor", "path"],
])("E103 %j is a function with the name that the client expects", (fields, name, property) => {
  const standIn = standInFor(hosted(fields));
  expect(standIn?.name).toBe(name);
  expect(JSON.parse(standIn?.schema ?? "{}")).toHaveProperty(["properties", property]);
});

test.each([
  [hosted({ type: "computer_20250124", name: "computer" })],
  [hosted({ type: "bash_20250124" })],
  [hosted({ type: "bash_20250124", name: "bash" }, "other")],
])("nothing stands for %j", (tool) => {
  expect(standInFor(tool)).toBeUndefined();
});
