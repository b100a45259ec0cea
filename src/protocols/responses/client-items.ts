// Calls of the vendor's own tools that the client runs itself: each kind is an item of its own here, and a call of the
// function that stands for the tool everywhere else (translation.md B.3 R29; OpenAI's guides to `shell`, `local_shell` and
// `apply_patch`).
import { compact } from "../../lib/compact.ts";
import { entry } from "../../lib/entry.ts";
import {
  asArray,
  asNumber,
  asRecord,
  asString,
  parseJson,
  type Json,
  type JsonRecord,
} from "../../lib/json.ts";
import type { ToolCallBlock, ToolResultBlock } from "../../ir/block.ts";
import type { Fields } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";
import type { Draft } from "../kit/residue.ts";
import { DIALECT } from "./dialect.ts";

/** One kind of tool. */
type Kind = {
  /** Name of the function that stands for it, which is the tool's type here. */
  readonly name: string;
  /** Beginning of ids that the gateway makes for its items. */
  readonly prefix: string;
  /** Member of the item that says what to do. */
  readonly member: "action" | "operation";
  /** What to do, from the arguments of a function; `undefined`: they are not what the tool takes. */
  readonly draft: (args: JsonRecord) => Draft | undefined;
};

const SHELL: Kind = {
  name: "shell",
  prefix: "sh",
  member: "action",
  draft: ({ commands, timeout_ms: timeout, max_output_length: length }) =>
    isTexts(commands)
      ? {
          commands,
          timeout_ms: asNumber(timeout) ?? null,
          max_output_length: asNumber(length) ?? null,
        }
      : undefined,
};

const LOCAL_SHELL: Kind = {
  name: "local_shell",
  prefix: "lsh",
  member: "action",
  draft: ({ command, env, timeout_ms: timeout, working_directory: folder, user }) =>
    isTexts(command)
      ? compact({
          type: "exec",
          command,
          env: asRecord(env) ?? {},
          timeout_ms: asNumber(timeout),
          working_directory: asString(folder),
          user: asString(user),
        })
      : undefined,
};

const OPERATIONS: ReadonlySet<string> = new Set(["create_file", "update_file", "delete_file"]);

const APPLY_PATCH: Kind = {
  name: "apply_patch",
  prefix: "apc",
  member: "operation",
  draft: ({ type, path, diff }) => {
    const isWhole = type === "delete_file" || typeof diff === "string";
    if (typeof type !== "string" || !OPERATIONS.has(type) || typeof path !== "string" || !isWhole)
      return undefined;
    return type === "delete_file" ? { type, path } : { type, path, diff };
  },
};

function isTexts(value: Json | undefined): value is readonly string[] {
  return asArray(value)?.every((each) => typeof each === "string") === true;
}

const KINDS: Readonly<Record<string, Kind>> = {
  shell: SHELL,
  local_shell: LOCAL_SHELL,
  apply_patch: APPLY_PATCH,
};
const CALLS: Readonly<Record<string, Kind>> = {
  shell_call: SHELL,
  local_shell_call: LOCAL_SHELL,
  apply_patch_call: APPLY_PATCH,
};
const OUTPUTS: Readonly<Record<string, (item: JsonRecord) => string>> = {
  shell_call_output: shellOutput,
  local_shell_call_output: ({ output }) => asString(output) ?? "",
  apply_patch_call_output: ({ output, status }) => asString(output) ?? asString(status) ?? "",
};

/** Whether a tool is of a kind that the client runs; a shell in a container is the vendor's. */
export function isClientTool({ type, environment }: JsonRecord): boolean {
  const place = asString(asRecord(environment)?.["type"]) ?? "local";
  return entry(KINDS, asString(type) ?? "") !== undefined && place === "local";
}

/** A call in the history; `undefined`: the item is none of the client's. */
export function decodeClientCall(item: Fields, notes: Notes): ToolCallBlock | undefined {
  const { record } = item;
  const kind = entry(CALLS, asString(record["type"]) ?? "");
  const id = asString(record["call_id"]);
  const given = asRecord(record[kind?.member ?? ""]);
  if (kind === undefined || id === undefined || given === undefined) return undefined;
  if (!isClientTool({ type: kind.name, environment: record["environment"] ?? null }))
    return undefined;
  notes.use("R29", item.path);
  return {
    kind: "toolCall",
    id,
    name: kind.name,
    argsText: notes.document.textOf(given),
    call: "function",
    native: { dialect: DIALECT, text: notes.document.textOf(record) },
  };
}

/** What the client found; `undefined`: the item is nothing of the kind. */
export function decodeClientOutput(item: Fields, notes: Notes): ToolResultBlock | undefined {
  const { record } = item;
  const read = entry(OUTPUTS, asString(record["type"]) ?? "");
  // The oldest kind calls the call's id its own.
  const id = asString(record["call_id"]) ?? asString(record["id"]);
  if (read === undefined || id === undefined) return undefined;
  notes.use("R29", item.path);
  const text = read(record);
  return {
    kind: "toolResult",
    id,
    parts: text === "" ? [] : [{ kind: "text", text }],
    isError: record["status"] === "failed",
    native: { dialect: DIALECT, text: notes.document.textOf(record) },
  };
}

/** The objects of a list. */
export function recordsIn(list: Json | undefined): readonly JsonRecord[] {
  return (asArray(list) ?? []).flatMap((each) => {
    const record = asRecord(each);
    return record === undefined ? [] : [record];
  });
}

/** What each command wrote, and how it ended if not well. */
function shellOutput({ output }: JsonRecord): string {
  return recordsIn(output)
    .map(({ stdout, stderr, outcome }) => {
      const end = asRecord(outcome);
      const code = asNumber(end?.["exit_code"]) ?? 0;
      const isLate = end?.["type"] === "timeout";
      const fate = isLate ? "timed out" : code === 0 ? "" : `exit code ${code}`;
      const said = [asString(stdout) ?? "", asString(stderr) ?? "", fate];
      return said.filter((text) => text !== "").join("\n");
    })
    .join("\n");
}

/** A call of a function that stands for a tool of the client, ready to be an item. */
export type ClientItem = { readonly prefix: string; readonly draft: Draft };

/** The item for a call; `undefined`: its arguments are not what the tool takes, so it stays a function's. */
export function clientItem(
  { name, argsText }: Pick<ToolCallBlock, "name" | "argsText">,
  callId: string,
  status: "in_progress" | "completed",
): ClientItem | undefined {
  const kind = entry(KINDS, name);
  const document = parseJson(argsText);
  const args = document.ok ? asRecord(document.value.root) : undefined;
  const what = args === undefined ? undefined : kind?.draft(args);
  if (kind === undefined || what === undefined) return undefined;
  const environment = kind === SHELL ? { environment: { type: "local" } } : {};
  const type = `${kind.name}_call`;
  const draft = { type, status, call_id: callId, [kind.member]: what, ...environment };
  return { prefix: kind.prefix, draft };
}
