// `passthrough_routes`: which provider takes paths that are none of the gateway's own operations.
import { isProtocolName, protocolNamed, PROTOCOL_NAMES } from "../protocols/registry.ts";
import type { PassPattern, PassRoutes } from "../routing/pass-routes.ts";
import type { ProviderConfig } from "./config.ts";
import type { Path } from "./problem.ts";
import { reference, suggestion, type Resolving } from "./resolving.ts";
import type { Shape } from "./shape.ts";

/** `POST /v1/completions`, `* /v1/files/*`, or a path alone. */
const PATTERN = /^(?:([A-Z]+|\*) )?(\/[!-~]*)$/;

/** Reads the section; keys that are neither a protocol nor a path, and providers that do not fit, are reported. */
export function resolvePassRoutes(
  given: Shape["passthrough_routes"],
  providers: ReadonlyMap<string, ProviderConfig>,
  context: Resolving,
): PassRoutes {
  const protocols = new Map<string, string>();
  const patterns: PassPattern[] = [];
  for (const [key, name] of Object.entries(given ?? {})) {
    const path = ["passthrough_routes", key];
    reference({ path, known: context.names.providers, what: "provider" }, name, context);
    const speaks = providers.get(name)?.protocol;
    const [, method = "*", asked] = PATTERN.exec(key) ?? [];
    if (isProtocolName(key)) {
      protocols.set(key, name);
      if (speaks !== undefined && speaks !== key) {
        const message = `${context.show(path, name)} speaks ${speaks}, not ${key}`;
        context.report({ path, message, hint: "nothing is translated here" });
      }
    } else if (asked === undefined) {
      const message = `expected a protocol, or a method and a path, not ${key}`;
      const hint = suggestion(key, PROTOCOL_NAMES, "protocols");
      context.report({ path, atKey: true, message, hint: `${hint}; or "POST /v1/completions"` });
    } else {
      patterns.push({ ...(method === "*" ? {} : { method }), path: asked, provider: name });
      checkPath(path, asked, { speaks, context });
    }
  }
  return { protocols, patterns };
}

function checkPath(
  path: Path,
  asked: string,
  { speaks, context }: { readonly speaks: string | undefined; readonly context: Resolving },
): void {
  if (speaks === undefined || protocolNamed(speaks).egress.raw(asked) !== undefined) return;
  const message = `${asked} is no path of the protocol ${speaks}, which this provider speaks`;
  context.report({ path, atKey: true, message, hint: "begin with /v1/ or the like" });
}
