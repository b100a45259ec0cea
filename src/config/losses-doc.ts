// The documentation of losses, `docs/losses.md`, written from the tables that the translation itself uses: `bun run losses`.
// A test proves the file current.
import { FEATURES, type LossId, type Place } from "../ir/loss.ts";
import { PROTOCOLS, PROTOCOL_NAMES } from "../protocols/registry.ts";
import type { Protocol } from "../protocols/protocol.ts";

const HEAD = `# What translation loses

A call in the provider's own protocol passes through byte for byte and loses nothing. Between two protocols, whatever both
have a place for is kept. What only one of them has is imitated, weakened or dropped, and the reply says so. This page is
written from the tables that the translation uses (\`bun run losses\`).

## How bad a loss is

| Severity | What suffers                                                      | By default                                            | With \`strict\`   |
| -------- | ----------------------------------------------------------------- | ----------------------------------------------------- | --------------- |
| S0       | looks and accounts                                                | counted, not told                                     | told            |
| S1       | tuning: the answer may differ slightly                            | told                                                  | refused         |
| S2       | meaning: the answer or the use of tools may differ                | told                                                  | refused         |
| S3       | integrity: content, safety controls or state would be gone        | refused when dropped, told when weakened              | refused         |

"Told" means: in the header \`x-recloser-loss\` of the reply. "Refused" means: status 400 in the caller's own dialect before
any provider sees the call, with the id and the place of everything that would be lost. Losses in replies are told, never
refused.

\`\`\`
x-recloser-loss: R49;path="/top_k";lvl=X, R39;path="/messages/4";lvl=D
x-recloser-emulated: R31;path="/tool_choice"
\`\`\`

\`path\` is a JSON pointer into the document as its author wrote it. \`lvl=X\` is dropped, \`lvl=D\` is weakened. The header is
cut at 2 KB; \`more=N\` at its end tells how many entries are missing. What a streamed reply loses is not known when its
headers go out; ask for detail in the body to be told of it.

## What a request can say

| Header                   | Value             | Meaning                                                                     |
| ------------------------ | ----------------- | --------------------------------------------------------------------------- |
| \`x-recloser-strict\`      | \`true\`, \`false\`   | replaces what the config says                                               |
| \`x-recloser-allow-loss\`  | \`R16, B01\`        | these are told, never a reason to refuse; in addition to what the config says |
| \`x-recloser-loss-detail\` | \`body\`, \`header\` | with \`body\` a whole reply has everything in \`x_recloser\`, a stream of server-sent events in a comment before its end |

The config holds the same for all calls, for a pool or for a model. Of two words on strictness the later one counts, in the
order config, pool, model, request.

\`\`\`yaml
losses: { strict: false, allow: [R16] }
models:
  claude: { provider: anthropic, model: claude-sonnet-4-5, losses: { strict: true } }
\`\`\`

To bypass translation for one provider, put members for its body under \`gateway_options.PROTOCOL\` of the request.

## What becomes of each feature

| Word     | Meaning                                                                                     |
| -------- | ------------------------------------------------------------------------------------------- |
| kept     | the protocol has the same                                                                   |
| partly   | some values, models or versions have it; what does not fit is told                          |
| imitated | the gateway brings about the same effect                                                    |
| weakened | something like it remains, such as an instruction in the place of a switch                  |
| dropped  | there is no place for it                                                                    |
| refused  | there is no place for it, and it must not be lost: the call is refused unless that is allowed |
`;

const WORDS = {
  N: "kept",
  P: "partly",
  E: "imitated",
  D: "weakened",
  X: "dropped",
} as const satisfies Record<Place, string>;

const REQUEST = `### In requests, by the provider's protocol`;
const REPLY = `### In replies, by the client's protocol`;

/** The text of the file. Protocols that cannot be translated yet have no column. */
export function lossesDoc(): string {
  const rows = ids().map((id) => rowOf(id));
  const requests = rows.filter(([id = ""]) => !id.startsWith("S"));
  const replies = rows.filter(([id = ""]) => id.startsWith("S"));
  return [
    tidy(HEAD),
    `${REQUEST}\n`,
    table([headOf(), ...requests]),
    `${REPLY}\n`,
    table([headOf(), ...replies]),
  ].join("\n");
}

function ids(): readonly LossId[] {
  const known = (id: string): id is LossId => Object.hasOwn(FEATURES, id);
  return Object.keys(FEATURES).filter(known);
}

function columns(): readonly (readonly [name: string, places: Protocol["codec"]["places"]])[] {
  return PROTOCOL_NAMES.map((name) => [name, PROTOCOLS[name].codec.places]);
}

function headOf(): readonly string[] {
  return ["Id", "Feature", "Severity", ...columns().map(([name]) => name)];
}

function rowOf(id: LossId): readonly string[] {
  const { name, severity } = FEATURES[id];
  const cells = columns().map(([, places]) => {
    const refused = severity === "S3" && places[id] === "X" && !id.startsWith("S");
    return refused ? "refused" : WORDS[places[id]];
  });
  return [id, name, severity, ...cells];
}

/** A Markdown table with aligned columns, as the formatter wants it. */
function table(rows: readonly (readonly string[])[]): string {
  const [head = []] = rows;
  const widths = head.map((_, at) => Math.max(3, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  const rule = line(widths.map((width) => "-".repeat(width)));
  return `${[line(head), rule, ...rows.slice(1).map(line)].join("\n")}\n`;
}

/** Aligns the tables in a text. */
function tidy(text: string): string {
  const blocks = text.split(/(?:^|\n)((?:\|[^\n]*\n)+)/);
  return blocks
    .map((block) => (block.startsWith("|") ? `\n${table(cellsOf(block))}` : block))
    .join("");
}

function cellsOf(block: string): readonly (readonly string[])[] {
  const rows = block
    .trimEnd()
    .split("\n")
    .filter((row) => !row.startsWith("| -"));
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
}
