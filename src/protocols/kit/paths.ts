// Reading and writing path segments.

/** Decodes a percent-encoded segment once; `undefined` for a malformed escape, which means that the path is not ours. */
export function decodeSegment(segment: string | undefined): string | undefined {
  if (segment === undefined) return undefined;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
