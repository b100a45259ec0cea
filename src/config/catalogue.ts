// The built-in providers: `config/providers.yaml`, compiled into the executable and parsed at the first use.
import { parse } from "yaml";
import { z } from "zod";
import type { FailureClass } from "../ir/failure.ts";
import text from "../../config/providers.yaml" with { type: "text" };
import { PROTOCOLS_KNOWN } from "./words.ts";

const CLASSES = [
  "invalid",
  "unauthenticated",
  "forbidden",
  "model-unknown",
  "too-large",
  "context-length",
  "content-refused",
  "rate-limited",
  "quota-exhausted",
  "overloaded",
  "server-error",
  "timeout",
] as const satisfies readonly FailureClass[];

const entry = z.strictObject({
  protocol: z.enum(PROTOCOLS_KNOWN),
  base_url: z.string(),
  auth: z
    .enum(["bearer", "x-api-key", "api-key", "x-goog-api-key", "sigv4", "none"])
    .default("bearer"),
  vendor: z.string().optional(),
  path: z.string().optional(),
  stream_path: z.string().optional(),
  body: z
    .strictObject({ drop: z.array(z.string()), add: z.record(z.string(), z.string()) })
    .optional(),
  defaults: z.record(z.string(), z.string()).default({}),
  profile: z
    .strictObject({
      max_tokens_field: z.enum(["max_tokens", "max_completion_tokens"]).optional(),
      stream_options: z.boolean().optional(),
      developer_role: z.boolean().optional(),
      reasoning_replay: z.boolean().optional(),
    })
    .default({}),
  error_map: z.record(z.string(), z.enum(CLASSES)).default({}),
});

/** What the catalogue says of a provider. */
export type CatalogueEntry = z.output<typeof entry>;

let parsed: Readonly<Record<string, CatalogueEntry>> | undefined;

/** All built-in providers by name. Throws if the file that was compiled in is malformed, which a test rules out. */
export function catalogue(): Readonly<Record<string, CatalogueEntry>> {
  parsed ??= z.record(z.string(), entry).parse(parse(text));
  return parsed;
}
