// Which config file is used (interface.md): the option, the environment, the working directory, /etc.

/** Where a config may be found when nobody names one, in order. */
export const DEFAULT_FILES = ["./recloser.yaml", "/etc/recloser/recloser.yaml"] as const;

/** The file to use; `undefined` when nobody names one and none of the defaults exists. */
export async function locateConfig(
  option: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  exists: (path: string) => Promise<boolean>,
): Promise<string | undefined> {
  const named = option ?? env["RECLOSER_CONFIG"];
  if (named !== undefined && named !== "") return named;
  for (const path of DEFAULT_FILES) if (await exists(path)) return path;
  return undefined;
}
