// The JSON Schema of the config file, for editors: `config/schema.json` is its output, and a test proves it current.
import { z } from "zod";
import { shape } from "./shape.ts";

/** The schema as it is written to the file. */
export function configJsonSchema(): string {
  const schema = z.toJSONSchema(shape, { io: "input", unrepresentable: "any" });
  return `${JSON.stringify({ title: "recloser config", ...schema }, undefined, 2)}\n`;
}
