// `tools` and `toolConfig` (translation.md B.3). One entry may hold functions and tools of the vendor's side by side.
import { compact, filled } from "../../lib/compact.ts";
import { asArray, asString, jsonText, type Json } from "../../lib/json.ts";
import type { LossId } from "../../ir/loss.ts";
import type { Residue, ToolChoice, ToolDef } from "../../ir/request.ts";
import { fieldsAt, type Fields } from "../kit/fields.ts";
import { wrongValue, type Notes } from "../kit/notes.ts";
import { DIALECT } from "./dialect.ts";
import { enumWord, MODES } from "./enums.ts";
import { jsonSchemaOf } from "./openapi-decode.ts";

/** What the request says about tools. */
export type DecodedTools = {
  readonly tools: readonly ToolDef[];
  readonly toolChoice: ToolChoice | undefined;
  readonly residues: readonly Residue[];
};

/** Reads both members. */
export function decodeTools(body: Fields, notes: Notes): DecodedTools {
  const config = body.fields("toolConfig");
  const calling = config?.fields("functionCallingConfig");
  const isStrict = calling !== undefined && modeOf(calling) === "VALIDATED";
  if (isStrict) notes.use("R21", calling.at("mode"));
  const tools = decodeEntries(body, isStrict, notes);
  // Whoever offers both kinds of tools asks for both (B.3, guard).
  const isMixed =
    tools.some(({ kind }) => kind === "hosted") && tools.some(({ kind }) => kind !== "hosted");
  if (isMixed) config?.skip("includeServerSideToolInvocations");
  return {
    tools,
    toolChoice: calling === undefined ? undefined : decodeChoice(calling, notes),
    residues: [...(calling?.rest("R00") ?? []), ...(config?.rest("R00") ?? [])],
  };
}

/** One entry may stand without a list around it. */
function decodeEntries(body: Fields, isStrict: boolean, notes: Notes): readonly ToolDef[] {
  const value = body.any("tools");
  const entries = asArray(value) ?? (value === undefined ? [] : [value]);
  return entries.flatMap((entry, index) => {
    const path = asArray(value) === undefined ? "/tools" : `/tools/${index}`;
    const tool = fieldsAt(entry, path, notes);
    return tool === undefined ? [] : decodeEntry(tool, isStrict, notes);
  });
}

function decodeEntry(tool: Fields, isStrict: boolean, notes: Notes): readonly ToolDef[] {
  const list = tool.list("functionDeclarations") ?? [];
  const functions = list.flatMap((entry, index) => {
    const fields = fieldsAt(entry, `${tool.at("functionDeclarations")}/${index}`, notes);
    return fields === undefined ? [] : [decodeFunction(fields, isStrict, notes)];
  });
  const hosted = Object.keys(tool.record)
    .filter((key) => key !== "functionDeclarations")
    .map((key) => decodeHosted(tool, key, notes));
  return [...functions, ...hosted];
}

function decodeFunction(fields: Fields, isStrict: boolean, notes: Notes): ToolDef {
  notes.use("R20", fields.path);
  const schema = fields.text("parametersJsonSchema");
  const older = fields.text("parameters");
  const output = fields.text("responseJsonSchema");
  const olderOutput = fields.text("response");
  const outputSchema =
    output ?? (olderOutput === undefined ? undefined : jsonSchemaOf(olderOutput));
  if (outputSchema !== undefined)
    notes.use("R23", fields.at(output === undefined ? "response" : "responseJsonSchema"));
  return compact({
    kind: "function",
    name: fields.required("name"),
    description: fields.string("description"),
    schema: schema ?? (older === undefined ? undefined : jsonSchemaOf(older)),
    outputSchema,
    strict: isStrict ? true : undefined,
    path: fields.path,
    ext: filled(fields.rest("R00")),
  });
}

type Service = Extract<ToolDef, { kind: "hosted" }>["service"];

const SERVICES: Readonly<Record<string, readonly [Service, LossId]>> = {
  googleSearch: ["web-search", "R25"],
  googleSearchRetrieval: ["web-search", "R25"],
  enterpriseWebSearch: ["web-search", "R25"],
  googleMaps: ["other", "R25"],
  codeExecution: ["code-execution", "R26"],
  urlContext: ["url-fetch", "R27"],
  mcpServers: ["mcp", "R28"],
  computerUse: ["client-tool", "R29"],
  fileSearch: ["other", "B04"],
  retrieval: ["other", "B04"],
};

/** Tools that the vendor runs. */
function decodeHosted(tool: Fields, key: string, notes: Notes): ToolDef {
  const known = Object.hasOwn(SERVICES, key) ? SERVICES[key] : undefined;
  const [service, id] = known ?? (["other", "R00"] as const);
  notes.use(id, tool.at(key));
  const value: Json = tool.any(key) ?? {};
  const text = jsonText(`{${JSON.stringify(key)}:${notes.document.textOf(value)}}`);
  if (text === undefined) throw new Error("JSON around JSON is JSON");
  return { kind: "hosted", dialect: DIALECT, service, text, id, path: tool.at(key) };
}

function modeOf(calling: Fields): string {
  return enumWord(calling.record["mode"], MODES)?.toUpperCase() ?? "";
}

function decodeChoice(calling: Fields, notes: Notes): ToolChoice | undefined {
  const mode = modeOf(calling);
  calling.skip("mode");
  if (mode !== "" && !MODES.some((known) => known === mode))
    notes.reject(wrongValue(calling.at("mode"), mode, MODES));
  const names = (calling.list("allowedFunctionNames") ?? []).flatMap(
    (name) => asString(name) ?? [],
  );
  if (mode === "NONE") {
    notes.use("R30a", calling.path);
    return { kind: "none" };
  }
  if (mode === "ANY") return forced(names, calling, notes);
  if (mode !== "VALIDATED" || names.length === 0)
    return mode === "AUTO" || mode === "VALIDATED" ? { kind: "auto" } : undefined;
  notes.use("R31", calling.path);
  return { kind: "allowed", mode: "auto", names };
}

function forced(names: readonly string[], calling: Fields, notes: Notes): ToolChoice {
  const [name, ...others] = names;
  if (name === undefined) {
    notes.use("R30b", calling.path);
    return { kind: "any" };
  }
  if (others.length === 0) {
    notes.use("R30c", calling.path);
    return { kind: "named", name };
  }
  notes.use("R31", calling.path);
  return { kind: "allowed", mode: "any", names };
}
