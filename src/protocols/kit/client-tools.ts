// Tools whose schema only their vendor's models know, but which the client runs itself: elsewhere they go out as functions
// with their documented schema, under the name that the client expects back (translation.md B.3 R29).
// Source: Anthropic's documentation of the bash and text editor tools.
import { asRecord, asString, jsonText, parseJson, type JsonText } from "../../lib/json.ts";
import type { ToolDef } from "../../ir/request.ts";

/** A function that stands for a vendor's client tool. */
export type StandIn = {
  readonly name: string;
  readonly description: string;
  readonly schema: JsonText;
};

type Row = {
  readonly type: RegExp;
  readonly description: string;
  readonly schema: Readonly<Record<string, unknown>>;
};

const PATH = { type: "string", description: "Absolute path to the file or directory." };

const ROWS: readonly Row[] = [
  {
    type: /^bash_\d{8}$/,
    description: "Runs commands in a persistent bash session and returns their output.",
    schema: {
      type: "object",
      properties: {
        command: { type: "string", description: "The bash command to run." },
        restart: { type: "boolean", description: "Set to true to restart the session." },
      },
    },
  },
  {
    type: /^text_editor_\d{8}$/,
    description: "Views, creates and edits text files.",
    schema: {
      type: "object",
      properties: {
        command: { type: "string", enum: ["view", "create", "str_replace", "insert"] },
        path: PATH,
        view_range: {
          type: "array",
          items: { type: "integer" },
          description: "For view: first and last line, counted from 1; -1 for the end of the file.",
        },
        file_text: { type: "string", description: "For create: the content of the file." },
        old_str: { type: "string", description: "For str_replace: the text to replace, exactly." },
        new_str: { type: "string", description: "For str_replace: the new text." },
        insert_line: {
          type: "integer",
          description: "For insert: the line after which to insert; 0 for the beginning.",
        },
        insert_text: { type: "string", description: "For insert: the text to insert." },
      },
      required: ["command", "path"],
    },
  },
];

/** The function for a hosted tool; `undefined`: nothing can stand for it. */
export function standInFor(tool: Extract<ToolDef, { kind: "hosted" }>): StandIn | undefined {
  if (tool.service !== "client-tool") return undefined;
  const document = parseJson(tool.text);
  const record = document.ok ? asRecord(document.value.root) : undefined;
  const name = tool.name ?? asString(record?.["name"]);
  const type = asString(record?.["type"]) ?? "";
  const row = ROWS.find((candidate) => candidate.type.test(type));
  const schema = row === undefined ? undefined : jsonText(JSON.stringify(row.schema));
  if (row === undefined || schema === undefined || name === undefined) return undefined;
  return { name, description: row.description, schema };
}
