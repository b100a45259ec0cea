// Tools whose schema only their vendor's models know, but which the client runs itself: elsewhere they go out as functions
// with their documented schema, under the name that the client expects back (translation.md B.3 R29).
// Source: Anthropic's documentation of the bash and text editor tools, OpenAI's of shell, local shell and apply patch.
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
  /** Where the vendor's definition says none. */
  readonly name?: string;
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
  {
    type: /^shell$/,
    name: "shell",
    description: "Runs shell commands one after another and returns what they wrote.",
    schema: {
      type: "object",
      properties: {
        commands: { type: "array", items: { type: "string" }, description: "The commands to run." },
        timeout_ms: { type: "integer", description: "Time limit in milliseconds." },
        max_output_length: { type: "integer", description: "Most characters to return." },
      },
      required: ["commands"],
    },
  },
  {
    type: /^local_shell$/,
    name: "local_shell",
    description: "Runs a command, given as its program and arguments, and returns what it wrote.",
    schema: {
      type: "object",
      properties: {
        command: {
          type: "array",
          items: { type: "string" },
          description: "Program and arguments.",
        },
        env: { type: "object", additionalProperties: { type: "string" } },
        timeout_ms: { type: "integer", description: "Time limit in milliseconds." },
        working_directory: { type: "string" },
      },
      required: ["command"],
    },
  },
  {
    type: /^apply_patch$/,
    name: "apply_patch",
    description: "Creates, updates or deletes one file by a diff in the V4A format.",
    schema: {
      type: "object",
      properties: {
        type: { type: "string", enum: ["create_file", "update_file", "delete_file"] },
        path: { type: "string", description: "Path of the file, from the workspace's root." },
        diff: { type: "string", description: "The diff; not for delete_file." },
      },
      required: ["type", "path"],
    },
  },
];

/** The function for a hosted tool; `undefined`: nothing can stand for it. */
export function standInFor(tool: Extract<ToolDef, { kind: "hosted" }>): StandIn | undefined {
  if (tool.service !== "client-tool") return undefined;
  const document = parseJson(tool.text);
  const record = document.ok ? asRecord(document.value.root) : undefined;
  const type = asString(record?.["type"]) ?? "";
  const row = ROWS.find((candidate) => candidate.type.test(type));
  if (row === undefined) return undefined;
  const name = tool.name ?? asString(record?.["name"]) ?? row.name;
  const schema = jsonText(JSON.stringify(row.schema));
  if (schema === undefined || name === undefined) return undefined;
  return { name, description: row.description, schema };
}
