// `gateway_options.<dialect>`: members for one target, merged into its body last (translation.md 0.2, 4).
import type { JsonText } from "../../lib/json.ts";
import type { Fields } from "./fields.ts";
import type { Notes } from "./notes.ts";

/** Reads the member that clients of every dialect may add; anything in it that is no object is left out. */
export function decodeOptions(body: Fields, notes: Notes): Readonly<Record<string, JsonText>> {
  const options = body.fields("gateway_options");
  const names = options === undefined ? [] : Object.keys(options.record);
  return Object.fromEntries(
    names.flatMap((name) => {
      const record = options?.fields(name)?.record;
      return record === undefined ? [] : [[name, notes.document.textOf(record)]];
    }),
  );
}
