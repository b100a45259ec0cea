// A schema for models that take none: a tool whose arguments are the answer, which the way back turns into text again
// (translation.md B.5 R43, D.6 last paragraph).
import { asRecord, parseJson, raw, type JsonText, type Printable } from "../../lib/json.ts";
import type { Draft } from "../kit/residue.ts";
import type { EncodeContext } from "./request-encode-context.ts";

/** The tool that stands for the format. */
export type AnswerTool = {
  /** Its name on the wire (`Restore.answer`). */
  readonly name: string;
  readonly definition: Printable;
};

/** The tool, where the format is a schema that only a tool can carry; `undefined`: another way is needed, or none. */
export function answerTool(context: EncodeContext, isThinking: boolean): AnswerTool | undefined {
  const { request, target, isOwn, names } = context;
  const { format } = request.output;
  if (isOwn || target.capabilities.jsonSchema !== false || format?.kind !== "schema")
    return undefined;
  // A model that thinks cannot be forced, and a choice of the caller's is not overruled.
  const isFree = request.toolChoice === undefined || request.toolChoice.kind === "auto";
  if (isThinking || !isFree || !isObjectSchema(format.schema)) return undefined;
  const name = names.wire(unusedName(format.name ?? "response", context));
  const description = format.description ?? "The answer. Call this tool to give it.";
  return { name, definition: { name, description, input_schema: raw(format.schema) } };
}

/** How the answer is demanded: alone by its name, beside real tools as one of them (E157). */
export function answerChoice({ name }: AnswerTool, isAlone: boolean): Draft {
  return isAlone
    ? { type: "tool", name, disable_parallel_tool_use: true }
    : { type: "any", disable_parallel_tool_use: undefined };
}

function isObjectSchema(schema: JsonText): boolean {
  const document = parseJson(schema);
  const record = document.ok ? asRecord(document.value.root) : undefined;
  return record?.["type"] === "object";
}

function unusedName(name: string, { request }: EncodeContext): string {
  const taken = new Set(request.tools.map((tool) => tool.name));
  let free = name;
  for (let round = 2; taken.has(free); round += 1) free = `${name}_${round}`;
  return free;
}
