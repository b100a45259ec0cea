// Reading headers of a wire-order list.
import type { HeaderList, HeaderReader } from "../protocols/protocol.ts";

/** Reads the first header of a name; names are in lower case. */
export function headerReader(headers: HeaderList): HeaderReader {
  return (name) => headers.find(([candidate]) => candidate === name)?.[1];
}
