// The JSON Schema of the config file, for editors: `config/schema.json` is its output, and a test proves it current.
import * as z from "zod/mini";
import { kindOf } from "./keys.ts";
import { shape } from "./shape.ts";

/** Where a number, a switch or one of several words belongs, a variable may stand instead. */
const VARIABLE = { type: "string", pattern: "\\$\\{" } as const;
const REPLACEABLE: ReadonlySet<string> = new Set(["number", "boolean", "enum", "literal"]);

/** The schema as it is written to the file. */
export function configJsonSchema(): string {
  const schema = z.toJSONSchema(shape, {
    io: "input",
    override: ({ zodSchema, jsonSchema }) => {
      if (!REPLACEABLE.has(kindOf(zodSchema))) return;
      const { description, ...own } = jsonSchema;
      for (const key of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, key);
      if (description !== undefined) jsonSchema.description = description;
      jsonSchema.anyOf = [own, VARIABLE];
    },
  });
  return `${JSON.stringify({ title: "recloser config", ...schema }, undefined, 2)}\n`;
}
