// From the file's shape to the config: defaults, secrets, and every name that must lead somewhere.
import type { Config, ListenAddress, ModelConfig } from "./config.ts";
import { resolvePools } from "./pools.ts";
import { resolveProvider } from "./providers.ts";
import { duration, reference, resolveSecret, type Resolving } from "./resolving.ts";
import type { Shape } from "./shape.ts";

const DEFAULT_BODY = 32 * 1024 * 1024;
const DEFAULT_REPLY = 64 * 1024 * 1024;

/** Resolves everything; what cannot be is reported, and the config is then not to be used. */
export function resolve(shape: Shape, context: Resolving): Config {
  const providers = new Map(
    Object.entries(shape.providers).flatMap(([name, entry]) => {
      const provider = resolveProvider(name, entry ?? {}, context);
      return provider === undefined ? [] : [[name, provider] as const];
    }),
  );
  const models = resolveModels(shape, context);
  const pools = resolvePools(shape, models, providers, context);
  checkAliases(shape, context);
  const auth = resolveAuth(shape, context);
  const listen = resolveListen(shape.listen ?? "127.0.0.1:8080", ["listen"], context);
  checkExposure(shape, listen, context);
  const admin = resolveAdmin(shape, context);
  return {
    listen,
    auth,
    providers,
    models,
    pools,
    aliases: shape.aliases ?? {},
    ...(admin === undefined ? {} : { admin }),
    limits: {
      maxBodyBytes: shape.limits?.max_body_bytes ?? DEFAULT_BODY,
      maxReplyBytes: shape.limits?.max_reply_bytes ?? DEFAULT_REPLY,
    },
    shutdownTimeout: duration(shape.shutdown_timeout, 30_000),
  };
}

function resolveModels(shape: Shape, context: Resolving): ReadonlyMap<string, ModelConfig> {
  const models = new Map<string, ModelConfig>();
  for (const [name, model] of Object.entries(shape.models ?? {})) {
    const link = { path: ["models", name, "provider"], known: shape.providers, what: "provider" };
    reference(link, model.provider, context);
    if (Object.hasOwn(shape.pools ?? {}, name)) {
      const message = `${name} is the name of a pool and of a model`;
      context.report({ path: ["models", name], atKey: true, message, hint: "rename one of them" });
    }
    models.set(name, {
      name,
      provider: model.provider,
      model: model.model ?? name,
      ...(model.context_window === undefined ? {} : { contextWindow: model.context_window }),
      ...(model.max_output === undefined ? {} : { maxOutput: model.max_output }),
      ...(model.max_concurrent === undefined ? {} : { maxConcurrent: model.max_concurrent }),
    });
  }
  return models;
}

function checkAliases(shape: Shape, context: Resolving): void {
  const known = { ...shape.pools, ...shape.models };
  for (const [alias, target] of Object.entries(shape.aliases ?? {})) {
    const slash = target.indexOf("/");
    const provider = slash > 0 ? shape.providers[target.slice(0, slash)] : undefined;
    if (provider?.ad_hoc_models === true) continue;
    reference({ path: ["aliases", alias], known, what: "pool or model" }, target, context);
    if (alias.split("*").length > 2) {
      context.report({ path: ["aliases", alias], atKey: true, message: "expected at most one *" });
    }
  }
}

function resolveAuth(shape: Shape, context: Resolving): Config["auth"] {
  const given = shape.auth ?? {};
  const mode = given.mode ?? (given.tokens === undefined ? "none" : "tokens");
  if (mode === "tokens" && given.tokens === undefined) {
    context.report({
      path: ["auth"],
      message: "mode tokens needs a list of tokens",
      hint: 'tokens: [ "${CLIENT_TOKEN}" ]; `recloser keygen` makes one',
    });
  }
  if (mode !== "tokens" && given.tokens !== undefined) {
    context.report({
      path: ["auth", "tokens"],
      atKey: true,
      message: `mode ${mode} takes no tokens`,
    });
  }
  const tokens = (given.tokens ?? []).flatMap((token, index) => {
    const found = resolveSecret(token, ["auth", "tokens", index], context);
    return found === undefined ? [] : [found];
  });
  return { mode, tokens };
}

function resolveAdmin(shape: Shape, context: Resolving): Config["admin"] {
  if (shape.admin === undefined) return undefined;
  const listen = resolveListen(shape.admin.listen, ["admin", "listen"], context);
  const token =
    shape.admin.token === undefined
      ? undefined
      : resolveSecret(shape.admin.token, ["admin", "token"], context);
  if (!isLoopback(listen.host) && token === undefined) {
    const message = "an admin listener that others can reach needs a token";
    context.report({ path: ["admin"], message, hint: 'token: "${RECLOSER_ADMIN_TOKEN}"' });
  }
  return token === undefined ? { listen } : { listen, token };
}

function resolveListen(
  text: string,
  path: readonly PropertyKey[],
  context: Resolving,
): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3] ?? Number.NaN);
  if (match === null || port > 65_535) {
    const message = `expected host:port, not ${JSON.stringify(text)}`;
    context.report({ path, message, hint: "for example 127.0.0.1:8080 or [::1]:8080" });
    return { host: "127.0.0.1", port: 0 };
  }
  return { host: match?.[1] ?? (match?.[2] || "0.0.0.0"), port };
}

function checkExposure(shape: Shape, listen: ListenAddress, context: Resolving): void {
  if (isLoopback(listen.host) || shape.auth?.mode !== undefined || shape.auth?.tokens !== undefined)
    return;
  context.report({
    path: ["listen"],
    message: `${listen.host} can be reached from other machines, and there is no auth`,
    hint: "set auth.mode: tokens, or write auth.mode: none if that is what you want",
  });
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
