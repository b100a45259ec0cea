// The shape of the config file: names, types and bounds, nothing that needs two places at once (that is `resolve.ts`).
// The JSON Schema for editors is made from it. `zod/mini`, because building the full schemas costs twice the time at
// every start.
import * as z from "zod/mini";
import { parseDuration } from "../lib/time.ts";
import { AUTH_STYLES, MAPPED_CLASSES, POLICY_NAMES, PROTOCOL_NAMES } from "./words.ts";

z.config({ jitless: true });

/** Longer than this nobody waits, and timers of the runtime overflow at 24 days. */
const LONGEST = "24h";
const DURATION = "expected a duration such as 250ms, 15s, 2m or 1h";

function durationFrom(shortest: string): z.ZodMiniString {
  const from = parseDuration(shortest);
  const to = parseDuration(LONGEST);
  const fits = (text: string): boolean => {
    const given = parseDuration(text);
    if (!given.ok || !from.ok || !to.ok) return true;
    return given.value >= from.value && given.value <= to.value;
  };
  return z.string(DURATION).check(
    z.refine((text) => parseDuration(text).ok, { error: DURATION, abort: true }),
    z.refine(fits, `expected a duration from ${shortest} to ${LONGEST}`),
    z.describe("a duration: 250ms, 15s, 2m, 1h"),
  );
}

const duration = durationFrom("1ms");
const count = z.int().check(z.gte(1));
const text = z.string().check(z.minLength(1));
const address = z
  .string("expected host:port")
  .check(z.describe("host:port, for example 127.0.0.1:8080, [::1]:8080 or :8080"));
const secret = z
  .union([text, z.strictObject({ file: text })])
  .check(z.describe("a secret: ${VARIABLE}, { file: /run/secrets/x }, or the text itself"));

const profile = z
  .exactPartial(
    z.strictObject({
      max_tokens_field: z.enum(["max_tokens", "max_completion_tokens"]),
      stream_options: z.boolean(),
      developer_role: z.boolean(),
      reasoning_replay: z.boolean(),
      cache_breakpoints: z.boolean(),
    }),
  )
  .check(z.describe("how the server's dialect of the protocol differs"));

const provider = z.nullable(
  z.exactPartial(
    z.strictObject({
      catalogue: text.check(
        z.describe("entry of the built-in catalogue; default: the one of the same name"),
      ),
      protocol: z.enum(PROTOCOL_NAMES),
      base_url: text.check(z.describe("where the vendor's own SDK would be pointed")),
      path: text.check(z.describe("replaces the path of chat calls; {model} is filled in")),
      stream_path: text.check(z.describe("the same for streamed calls; default: path")),
      auth: z.enum(AUTH_STYLES).check(z.describe("where the key goes")),
      api_key: secret,
      api_keys: z.array(secret).check(z.minLength(1), z.describe("several keys are rotated")),
      access_key_id: secret,
      secret_access_key: secret,
      session_token: secret,
      region: text,
      project: text,
      location: text,
      resource: text,
      account: text,
      api_version: text,
      headers: z.record(text, z.string()).check(z.describe("extra request headers")),
      ad_hoc_models: z
        .boolean()
        .check(z.describe("clients may call any of its models as provider/model")),
      vendor: text.check(z.describe("family whose reasoning signatures it accepts")),
      profile,
      error_map: z
        .record(text, z.enum(MAPPED_CLASSES))
        .check(z.describe("the provider's error code or type → class of failure")),
      ca_file: text.check(z.describe("PEM file of certificates to trust instead of the system's")),
      transport: z.enum(["sockets", "fetch"]),
    }),
  ),
);

const model = z.strictObject({
  provider: text,
  model: z.exactOptional(
    text.check(z.describe("as the provider names it; default: the name of this entry")),
  ),
  context_window: z.exactOptional(count.check(z.describe("tokens, prompt and answer together"))),
  max_output: z.exactOptional(count.check(z.describe("most output tokens"))),
  max_concurrent: z.exactOptional(count.check(z.describe("most calls at once; default: no cap"))),
});

const trip = z.discriminatedUnion("mode", [
  z.strictObject({
    mode: z.literal("error_rate"),
    window: z.exactOptional(duration),
    threshold: z.exactOptional(z.number().check(z.gt(0), z.lte(1))),
    min_requests: z.exactOptional(count),
  }),
  z.strictObject({ mode: z.literal("consecutive"), failures: z.exactOptional(count) }),
]);

const pool = z.strictObject({
  members: z
    .array(
      z.strictObject({
        model: text,
        weight: z.exactOptional(count.check(z.describe("share relative to its tier; default 1"))),
        tier: z.exactOptional(
          count.check(z.describe("used when no lower tier can serve; default 1")),
        ),
      }),
    )
    .check(z.minLength(1)),
  policy: z.exactOptional(z.enum(POLICY_NAMES)),
  breaker: z.exactOptional(
    z.exactPartial(z.strictObject({ trip, cooldown: duration, max_cooldown: duration })),
  ),
  failover: z.exactOptional(
    z.exactPartial(
      z.strictObject({
        timeout: duration,
        max_hops: z.int().check(z.gte(0), z.lte(16)),
        connect_timeout: duration,
        first_byte_timeout: duration,
        idle_timeout: duration,
      }),
    ),
  ),
  on_exhausted: z.exactOptional(
    z.union([
      z.enum(["reject", "least_bad"]),
      z.strictObject({ pool: text }),
      z.strictObject({ queue: duration }),
    ]),
  ),
  affinity: z.exactOptional(z.strictObject({ header: text })),
});

/** The whole file. */
export const shape = z
  .strictObject({
    listen: z.exactOptional(address),
    auth: z.exactOptional(
      z.exactPartial(
        z.strictObject({
          mode: z.enum(["none", "tokens", "passthrough"]),
          tokens: z.array(secret).check(z.minLength(1)),
        }),
      ),
    ),
    providers: z.record(text, provider),
    models: z.exactOptional(z.record(text, model)),
    pools: z.exactOptional(z.record(text, pool)),
    aliases: z.exactOptional(
      z.record(text, text).check(z.describe("what clients ask for → pool or model; one * allowed")),
    ),
    admin: z.exactOptional(z.strictObject({ listen: address, token: z.exactOptional(secret) })),
    limits: z.exactOptional(
      z.exactPartial(
        z.strictObject({
          max_body_bytes: count.check(z.describe("largest request body; default 32 MiB")),
          max_reply_bytes: count.check(z.describe("largest reply held whole; default 64 MiB")),
        }),
      ),
    ),
    shutdown_timeout: z.exactOptional(durationFrom("0s")),
  })
  .check(z.describe("recloser's config file"));

/** The file after it fits the shape. */
export type Shape = z.output<typeof shape>;
