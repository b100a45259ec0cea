// The headers that speak of losses (translation.md C.2): `x-recloser-loss` and `x-recloser-emulated` on replies,
// `x-recloser-strict`, `x-recloser-allow-loss` and `x-recloser-loss-detail` on requests.
import type { Printable } from "../lib/json.ts";
import { err, ok, type Result } from "../lib/result.ts";
import type { Failure } from "./failure.ts";
import { FEATURES, type Loss, type LossId, type Report, type Use } from "./loss.ts";
import { toldLosses, type LossPolicy, type LossRules } from "./policy.ts";

/** Longest value of a header, in characters, all of which are ASCII. */
const MAX_LENGTH = 2048;
/** Room for the note that some entries are missing. */
const MORE_LENGTH = ";more=99999".length;

/** Everything that a report says, for callers that want it in the reply: a JSON object, cosmetic losses included. */
export function lossDetail(report: Report): Printable {
  return {
    losses: report.losses.map(({ id, path, level }) => ({ ...detailOf({ id, path }), level })),
    emulated: report.emulated.map(detailOf),
  };
}

function detailOf({ id, path }: Use): Readonly<Record<string, string>> {
  const { name, severity } = FEATURES[id];
  return { id, name, severity, path };
}

/** The reply headers for a report; a header with nothing to say is absent. */
export function lossHeaders(report: Report, policy: LossPolicy): Readonly<Record<string, string>> {
  const losses = list(toldLosses(report, policy).map(lossEntry));
  const emulated = list(report.emulated.map(useEntry));
  return {
    ...(losses === "" ? {} : { "x-recloser-loss": losses }),
    ...(emulated === "" ? {} : { "x-recloser-emulated": emulated }),
  };
}

function lossEntry(loss: Loss): string {
  return `${useEntry(loss)};lvl=${loss.level}`;
}

function useEntry(use: Use): string {
  return `${use.id};path=${item(use.path)}`;
}

/** An RFC 9651 string, or a display string where the text is not plain ASCII. */
function item(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
  const bytes = new TextEncoder().encode(text.toWellFormed());
  return `%"${Array.from(bytes, displayByte).join("")}"`;
}

/** RFC 9651 4.1.11: percent, quote and everything outside of visible ASCII are escaped in lower-case hexadecimal. */
function displayByte(byte: number): string {
  const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25 && byte !== 0x22;
  return plain ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, "0")}`;
}

/** An RFC 9651 list; entries beyond the limit are only counted, in a parameter of the last one. */
function list(entries: readonly string[]): string {
  let text = "";
  for (const [index, entry] of entries.entries()) {
    const longer = text === "" ? entry : `${text}, ${entry}`;
    const rest = entries.length - index;
    const limit = rest === 1 ? MAX_LENGTH : MAX_LENGTH - MORE_LENGTH;
    if (longer.length > limit) return text === "" ? `more;more=${rest}` : `${text};more=${rest}`;
    text = longer;
  }
  return text;
}

/** Reads a request header by its lower-case name. */
type HeaderReader = (name: string) => string | undefined;

/** What a request says of losses. */
export type LossWishes = LossRules & {
  /** Whether the caller wants every loss spelt out in the reply itself, not only in headers. */
  readonly detail: boolean;
};

/**
 * What the caller's headers ask, on top of what the route says (`policyOf`). Fails as the caller's mistake when a value is
 * not understood, since a misspelt switch must not loosen the rules.
 */
export function lossWishes(header: HeaderReader): Result<LossWishes, Failure> {
  const strict = readSwitch(header("x-recloser-strict"));
  if (!strict.ok) return strict;
  const allowed = readIds(header("x-recloser-allow-loss"));
  if (!allowed.ok) return allowed;
  const detail = readDetail(header("x-recloser-loss-detail"));
  if (!detail.ok) return detail;
  return ok({
    ...(strict.value === undefined ? {} : { strict: strict.value }),
    allow: allowed.value,
    detail: detail.value,
  });
}

function readDetail(value: string | undefined): Result<boolean, Failure> {
  const word = value?.trim().toLowerCase();
  if (word === undefined || word === "header") return ok(false);
  if (word === "body") return ok(true);
  return invalid("x-recloser-loss-detail", `expected header or body, not ${JSON.stringify(value)}`);
}

/** `?1` is RFC 9651's spelling of true; people write `true`. */
const SWITCH: Readonly<Record<string, boolean>> = {
  true: true,
  "?1": true,
  "1": true,
  false: false,
  "?0": false,
  "0": false,
};

function readSwitch(value: string | undefined): Result<boolean | undefined, Failure> {
  if (value === undefined) return ok(undefined);
  const known = Object.hasOwn(SWITCH, value.trim().toLowerCase());
  if (known) return ok(SWITCH[value.trim().toLowerCase()]);
  return invalid("x-recloser-strict", `expected true or false, not ${JSON.stringify(value)}`);
}

function readIds(value: string | undefined): Result<readonly LossId[], Failure> {
  const words = (value ?? "").split(",").map((word) => word.trim());
  const ids: LossId[] = [];
  for (const word of words) {
    if (word === "") continue;
    if (!isLossId(word)) {
      return invalid("x-recloser-allow-loss", `${JSON.stringify(word)} is not the id of a loss`);
    }
    ids.push(word);
  }
  return ok(ids);
}

/** Whether a text is the id of a feature of the loss table. */
export function isLossId(text: string): text is LossId {
  return Object.hasOwn(FEATURES, text);
}

function invalid(param: string, detail: string): Result<never, Failure> {
  return err({ class: "invalid", message: `${param}: ${detail}`, param });
}
