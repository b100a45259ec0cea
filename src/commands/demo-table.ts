// The demo's table: clients down, providers across.
import { PROTOCOL_NAMES } from "../protocols/registry.ts";
import type { Pair } from "./demo-calls.ts";

const WIDTH = 11;
const MARKS = { worked: "ok", failed: "FAILED" } as const satisfies Record<Pair["outcome"], string>;
const COLORS = { worked: 32, failed: 31 } as const satisfies Record<Pair["outcome"], number>;

/** Writes the table, and below it why calls failed. */
export function table(pairs: readonly Pair[], color: boolean): string {
  const corner = "client \\ provider";
  const head =
    corner.padEnd(corner.length + 2) + PROTOCOL_NAMES.map((name) => name.padEnd(WIDTH)).join("");
  const rows = PROTOCOL_NAMES.map((client) => {
    const cells = pairs.filter((pair) => pair.client === client).map((pair) => cell(pair, color));
    return client.padEnd(corner.length + 2) + cells.join("");
  });
  const reasons = pairs.flatMap(({ client, provider, detail }) =>
    detail === undefined ? [] : [`${client} > ${provider}: ${detail}`],
  );
  return [head.trimEnd(), ...rows.map((row) => row.trimEnd()), ...reasons].join("\n");
}

function cell(pair: Pair, color: boolean): string {
  const text = MARKS[pair.outcome].padEnd(WIDTH);
  return color ? `\u001b[${COLORS[pair.outcome]}m${text}\u001b[0m` : text;
}
