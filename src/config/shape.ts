// The shape of the config file, as zod sees it after interpolation: names, types and bounds, nothing that needs two
// places at once (that is `resolve.ts`). The JSON Schema for editors is made from it.
import { z } from "zod";
import { parseDuration } from "../lib/time.ts";
import { POLICY_NAMES, PROTOCOLS_KNOWN } from "./words.ts";

z.config({ jitless: true });

const DURATION = "expected a duration such as 250ms, 15s, 2m or 1h";
const duration = z
  .string(DURATION)
  .refine((text) => parseDuration(text).ok, DURATION)
  .describe("a duration: 250ms, 15s, 2m, 1h");

/** Numbers may come out of the environment, where everything is text. */
const number = z.preprocess(
  (value) => (typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value),
  z.number(),
);
const count = z.preprocess(
  (value) => (typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value),
  z.int().min(1),
);
const name = z.string().min(1);
const secret = z
  .union([name, z.strictObject({ file: name })])
  .describe("a secret: text, ${ENV}, or { file: /run/secrets/x }");

const provider = z
  .strictObject({
    protocol: z.enum(PROTOCOLS_KNOWN).optional(),
    base_url: name.optional().describe("where the vendor's own SDK would be pointed"),
    path: name.optional().describe("replaces the protocol's operation path; {model} is filled in"),
    api_key: secret.optional(),
    api_keys: z.array(secret).min(1).optional().describe("several keys are rotated"),
    access_key_id: secret.optional(),
    secret_access_key: secret.optional(),
    session_token: secret.optional(),
    region: name.optional(),
    project: name.optional(),
    location: name.optional(),
    resource: name.optional(),
    account: name.optional(),
    api_version: name.optional(),
    headers: z.record(name, z.string()).optional().describe("extra request headers"),
    ad_hoc_models: z.boolean().optional().describe("clients may call any model as provider/model"),
    ca_file: name.optional().describe("PEM file of certificates to trust instead of the system's"),
    transport: z.enum(["sockets", "fetch"]).optional(),
  })
  .nullable();

const model = z.strictObject({
  provider: name,
  model: name.optional().describe("as the provider names it; default: the name of this entry"),
  context_window: count.optional(),
  max_output: count.optional(),
  max_concurrent: count.optional(),
});

const trip = z.discriminatedUnion("mode", [
  z.strictObject({
    mode: z.literal("error_rate"),
    window: duration.optional(),
    threshold: number.pipe(z.number().gt(0).max(1)).optional(),
    min_requests: count.optional(),
  }),
  z.strictObject({ mode: z.literal("consecutive"), failures: count.optional() }),
]);

const pool = z.strictObject({
  members: z
    .array(z.strictObject({ model: name, weight: count.optional(), tier: count.optional() }))
    .min(1),
  policy: z.enum(POLICY_NAMES).optional(),
  breaker: z
    .strictObject({
      trip: trip.optional(),
      cooldown: duration.optional(),
      max_cooldown: duration.optional(),
    })
    .optional(),
  failover: z
    .strictObject({
      timeout: duration.optional(),
      max_hops: z
        .preprocess(
          (value) => (typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value),
          z.int().min(0).max(16),
        )
        .optional(),
      connect_timeout: duration.optional(),
      first_byte_timeout: duration.optional(),
      idle_timeout: duration.optional(),
    })
    .optional(),
  on_exhausted: z
    .union([
      z.enum(["reject", "least_bad"]),
      z.strictObject({ pool: name }),
      z.strictObject({ queue: duration }),
    ])
    .optional(),
  affinity: z.strictObject({ header: name }).optional(),
});

/** The whole file. */
export const shape = z
  .strictObject({
    listen: name.optional().describe("host:port of the data plane; default 127.0.0.1:8080"),
    auth: z
      .strictObject({
        mode: z.enum(["none", "tokens", "passthrough"]).optional(),
        tokens: z.array(secret).min(1).optional(),
      })
      .optional(),
    providers: z.record(name, provider),
    models: z.record(name, model).optional(),
    pools: z.record(name, pool).optional(),
    aliases: z.record(name, name).optional(),
    admin: z.strictObject({ listen: name, token: secret.optional() }).optional(),
    limits: z
      .strictObject({
        max_body_bytes: count.optional(),
        max_reply_bytes: count.optional(),
      })
      .optional(),
    shutdown_timeout: duration.optional(),
  })
  .describe("recloser's config file");

/** The file after it fits the shape. */
export type Shape = z.output<typeof shape>;
