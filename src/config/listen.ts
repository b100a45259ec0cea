// Addresses to listen on.
import type { ListenAddress } from "./config.ts";
import type { Path } from "./problem.ts";
import type { Resolving } from "./resolving.ts";

const ADDRESS = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s/]*)):(\d{1,5})$/;
const MAX_PORT = 65_535;

/** Reads `host:port`, `[v6]:port` and `:port`; a harmless address after a report. */
export function resolveListen(text: string, path: Path, context: Resolving): ListenAddress {
  const match = ADDRESS.exec(text);
  const port = Number(match?.[3] ?? Number.NaN);
  if (match === null || port > MAX_PORT) {
    const message = `expected host:port, not ${context.show(path, text)}`;
    context.report({ path, message, hint: hintFor(text, port) });
    return { host: "127.0.0.1", port: 0 };
  }
  return { host: match[1] ?? (match[2] || "0.0.0.0"), port };
}

function hintFor(text: string, port: number): string {
  if (port > MAX_PORT) return `a port is at most ${MAX_PORT}`;
  const [, written] = /^(\d{1,5})$/.exec(text) ?? [];
  if (written !== undefined) return `127.0.0.1:${written}, or :${written} for every address`;
  if (/^https?:\/\//.test(text)) return "without http:// and path";
  return "for example 127.0.0.1:8080, [::1]:8080 or :8080";
}

/** Whether only this machine can reach an address. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}
