// Loads config texts in tests, with a small set of files.
import type { Config } from "../../src/config/config.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { Problem } from "../../src/config/problem.ts";
import { err, ok, type Result } from "../../src/lib/result.ts";

/** Files that a config may name. */
export const FILES: Readonly<Record<string, string>> = {
  "/run/secrets/x": "from-file\r\n",
  "/run/secrets/empty": "\n",
  "/run/secrets/lines": "planted-in-file\nsecond\n",
  "/etc/ca.pem": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
};

/** Loads a text as `recloser.yaml`. */
export function load(
  text: string,
  env: Readonly<Record<string, string>> = {},
): Result<Config, readonly Problem[]> {
  return loadConfig(text, {
    file: "recloser.yaml",
    env,
    readFile: (path) => {
      const found = FILES[path];
      return found === undefined ? err(`cannot read ${path}: there is no such file`) : ok(found);
    },
  });
}

/** The config of a text. Throws if it is not valid. */
export function config(text: string, env: Readonly<Record<string, string>> = {}): Config {
  const loaded = load(text, env);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error, undefined, 2));
  return loaded.value;
}

/** The problems of a text. Throws if it has none. */
export function problems(
  text: string,
  env: Readonly<Record<string, string>> = {},
): readonly Problem[] {
  const loaded = load(text, env);
  if (loaded.ok) throw new Error("the config was valid");
  return loaded.error;
}
