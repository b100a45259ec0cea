// Paths of a vendor beyond the operations that the gateway understands, for calls that are passed on as they are.
import { decodeSegment } from "./paths.ts";

/**
 * Makes the function that turns a client's path into what is appended to a base URL: paths under one of `prefixes`, less
 * `dropped`, which the base URL already ends with. It returns `undefined` for every other path, and for one with dot
 * segments, which could lead out of the provider's part of its host.
 */
export function rawPaths(
  prefixes: readonly string[],
  dropped = "",
): (path: string) => string | undefined {
  return (path) => {
    const decoded = decodeSegment(path);
    if (decoded === undefined || decoded.split(/[/\\]/).some(isDots)) return undefined;
    if (!prefixes.some((prefix) => path.startsWith(prefix))) return undefined;
    return path.slice(path.startsWith(dropped) ? dropped.length : 0);
  };
}

/** A segment may be encoded twice, for whoever decodes it again further on. */
function isDots(segment: string): boolean {
  return /^(?:\.|%2e){1,2}$/i.test(segment);
}
