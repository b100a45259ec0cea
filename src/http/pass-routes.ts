// Paths that are none of the operations: to whom they are passed on, and what a client is told when to nobody.
import type { Failure } from "../ir/failure.ts";
import type { Provider, Runtime } from "../gateway/runtime.ts";
import type { Protocol } from "../protocols/protocol.ts";
import type { Detected } from "../protocols/registry.ts";
import { findPassRoute } from "../routing/pass-routes.ts";

/** A path below its protocol's mount (`rawRoute`). */
type Raw = { readonly protocol: Protocol; readonly path: string };

/** Who takes a path, and what is appended to its base URL. */
export type Passing = { readonly provider: Provider; readonly path: string };

/** Finds the provider that the config names for a path; `undefined`: none, or it is no path of that provider. */
export function passingOf(runtime: Runtime, method: string, raw: Raw): Passing | undefined {
  const asked = { method, path: raw.path, protocol: raw.protocol.name };
  const name = findPassRoute(runtime.passRoutes, asked);
  const provider = name === undefined ? undefined : runtime.providers.get(name);
  const path = provider?.protocol.egress.raw(raw.path);
  return provider === undefined || path === undefined ? undefined : { provider, path };
}

/** Why a request is refused that nobody takes. */
export function routeFailure(
  detected: Exclude<Detected, { kind: "match" }>,
  raw: Raw,
  method: string,
): Failure {
  switch (detected.kind) {
    case "unknown-route": {
      const { name, egress } = raw.protocol;
      const option = `passthrough_routes: { ${name}: PROVIDER } in the config passes it on`;
      const hint = egress.raw(raw.path) === undefined ? "" : ` (${option})`;
      return { class: "not-found", message: `no such route: ${method} ${raw.path}${hint}` };
    }
    case "method-not-allowed": {
      const message = `${raw.path} takes ${detected.allow}, not ${method}`;
      return { class: "method-not-allowed", message };
    }
  }
}
