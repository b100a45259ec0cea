// Which build this is. `build.ts` defines the constants; from source they are absent.
import { version } from "../package.json";

declare const RECLOSER_COMMIT: string;
declare const RECLOSER_TARGET: string;

/** What `recloser version` prints. */
export type BuildInfo = {
  /** The version of the project, from package.json. */
  readonly version: string;
  /** The commit it was built from (`-dirty` when files differed), or `source` when run without a build. */
  readonly commit: string;
  /** The version of Bun that runs it. */
  readonly bun: string;
  /** Operating system, processor and C library, such as `linux-x64-musl`. */
  readonly target: string;
};

/** Describes the running build. */
export function buildInfo(): BuildInfo {
  return {
    version,
    commit: typeof RECLOSER_COMMIT === "string" ? RECLOSER_COMMIT : "source",
    bun: Bun.version,
    target:
      typeof RECLOSER_TARGET === "string" ? RECLOSER_TARGET : `${process.platform}-${process.arch}`,
  };
}
