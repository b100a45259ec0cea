// How commands talk to a running gateway: where its admin API is, what token it wants, and what to say when it does not answer.
import { err, ok, type Result } from "../lib/result.ts";
import { loadConfigFile } from "./config-file.ts";
import type { CommandIo } from "./io.ts";

/** Options of every command that talks to a gateway. */
export const ADMIN_OPTIONS = {
  url: { type: "string" },
  token: { type: "string" },
  config: { type: "string" },
  json: { type: "boolean" },
} as const;

/** What was given of them. */
export type AdminValues = {
  readonly url?: string;
  readonly token?: string;
  readonly config?: string;
};

/** An admin API. */
export type Admin = { readonly url: string; readonly token: string | undefined };

const DEFAULT_URL = "http://127.0.0.1:8081";
const PATIENCE_MS = 10_000;

/** Finds it: options, then the environment, then the config file, then the default address. */
export async function findAdmin(given: AdminValues, io: CommandIo): Promise<Result<Admin, string>> {
  const url = given.url ?? io.env["RECLOSER_ADMIN_URL"];
  const token = given.token ?? io.env["RECLOSER_ADMIN_TOKEN"];
  if (url !== undefined) return ok({ url: url.replace(/\/+$/, ""), token });
  const loaded = await loadConfigFile(given.config, io);
  if (loaded.kind !== "valid") {
    // A file that was asked for must be there; one that only might be need not.
    return given.config === undefined ? ok({ url: DEFAULT_URL, token }) : err(notValid(loaded));
  }
  const { admin } = loaded.config;
  if (admin === undefined) return err(NO_LISTENER);
  const { host, port } = admin.listen;
  const local = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  const shown = local.includes(":") ? `[${local}]` : local;
  return ok({ url: `http://${shown}:${port}`, token: token ?? admin.token?.reveal() });
}

const NO_LISTENER =
  "the gateway has no admin listener; add to its config: admin: { listen: 127.0.0.1:8081 }";

function notValid(loaded: Exclude<Awaited<ReturnType<typeof loadConfigFile>>, { kind: "valid" }>) {
  return loaded.kind === "invalid"
    ? `${loaded.file} is not valid; see recloser check`
    : loaded.message;
}

/** Asks; fails with a sentence for whoever typed the command. */
export async function ask(
  { url, token }: Admin,
  path: string,
  body?: Readonly<Record<string, string>>,
): Promise<Result<unknown, string>> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (token !== undefined) headers["authorization"] = `Bearer ${token}`;
  const init: RequestInit =
    body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
  const target = `${url}/admin/v1${path}`;
  try {
    const response = await fetch(target, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
    const reply: unknown = await response.json().catch(() => undefined);
    return response.ok
      ? ok(reply)
      : err(complaint(reply) ?? `${target} answered ${response.status}`);
  } catch {
    return err(`no gateway answers at ${url}; give --url, or start one with an admin listener`);
  }
}

/** The API's own words. */
function complaint(reply: unknown): string | undefined {
  if (typeof reply !== "object" || reply === null || !("error" in reply)) return undefined;
  const { error } = reply;
  if (typeof error !== "object" || error === null || !("message" in error)) return undefined;
  return typeof error.message === "string" ? error.message : undefined;
}
