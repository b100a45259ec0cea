// A schema for models that take none: a tool whose arguments are the answer, which the way back turns into text again
// (translation.md B.5 R43, D.6 last paragraph).
import { asRecord, parseJson, raw, type JsonText, type Printable } from "../../lib/json.ts";
import type { Req } from "../../ir/request.ts";
import type { Target } from "../protocol.ts";
import type { ToolNames } from "./tool-names.ts";

/** What choosing the tool needs to know. */
export type AnswerContext = {
  readonly request: Req;
  readonly target: Target;
  readonly isOwn: boolean;
  readonly names: ToolNames;
};

/** The tool that stands for the format. */
export type AnswerTool = {
  /** Its name on the wire (`Restore.answer`). */
  readonly name: string;
  readonly description: string;
  readonly schema: Printable;
};

/** The tool, where the format is a schema that only a tool can carry; `undefined`: another way is needed, or none. */
export function answerTool(context: AnswerContext, isThinking: boolean): AnswerTool | undefined {
  const { request, target, isOwn, names } = context;
  const { format } = request.output;
  if (isOwn || target.capabilities.jsonSchema !== false || format?.kind !== "schema")
    return undefined;
  // A model that thinks cannot be forced, and a choice of the caller's is not overruled.
  const isFree = request.toolChoice === undefined || request.toolChoice.kind === "auto";
  if (isThinking || !isFree || !isObjectSchema(format.schema)) return undefined;
  const name = names.wire(unusedName(format.name ?? "response", context));
  const description = format.description ?? "The answer. Call this tool to give it.";
  return { name, description, schema: raw(format.schema) };
}

function isObjectSchema(schema: JsonText): boolean {
  const document = parseJson(schema);
  const record = document.ok ? asRecord(document.value.root) : undefined;
  return record?.["type"] === "object";
}

function unusedName(name: string, { request }: AnswerContext): string {
  const taken = new Set(request.tools.map((tool) => tool.name));
  let free = name;
  for (let round = 2; taken.has(free); round += 1) free = `${name}_${round}`;
  return free;
}
