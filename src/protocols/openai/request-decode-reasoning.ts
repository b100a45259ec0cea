// How much the model shall think (translation.md B.6): OpenAI's `reasoning_effort`, and the forms that OpenRouter
// (`reasoning`), Moonshot, Z.ai and DeepSeek (`thinking`) use instead.
import { compact } from "../../lib/compact.ts";
import type { Reasoning, Residue } from "../../ir/request.ts";
import { asEffort } from "../kit/effort.ts";
import { fieldsOf, type Fields } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";
import { asBoolean, asNumber, asRecord, asString, type JsonRecord } from "../../lib/json.ts";
import type { Piece } from "../kit/openai-settings-decode.ts";

/** Reads the first form that is there. */
export function decodeReasoning(body: Fields, notes: Notes): Piece<Reasoning | undefined> {
  const word = asString(body.record["reasoning_effort"]);
  const effort = asEffort(word);
  const official: Reasoning | undefined =
    effort === undefined ? undefined : { mode: effort === "none" ? "off" : "on", effort };
  if (official !== undefined) {
    body.skip("reasoning_effort");
    notes.use("R57", body.at("reasoning_effort"));
  }
  const routed = vendorForm(body, "reasoning", notes, ofOpenRouter);
  const switched = vendorForm(body, "thinking", notes, ofSwitch);
  return {
    value: official ?? routed.value ?? switched.value,
    residues: [
      // A word of a vendor's own ("default").
      ...(official === undefined ? body.residue("reasoning_effort", "R00") : []),
      ...routed.residues,
      ...switched.residues,
    ],
  };
}

/** A vendor's form stays residue, so that it goes back as it was; its meaning is noted for other dialects. */
function vendorForm(
  body: Fields,
  key: string,
  notes: Notes,
  read: (record: JsonRecord) => Reasoning | undefined,
): Piece<Reasoning | undefined> {
  const record = asRecord(body.record[key]);
  const value = record === undefined ? undefined : read(record);
  if (record === undefined || value === undefined) return { value: undefined, residues: [] };
  const residues: readonly Residue[] = body.residue(key, "R57");
  for (const name of Object.keys(record)) {
    if (!UNDERSTOOD.has(name)) notes.use("R00", `${body.at(key)}/${name}`);
  }
  if (value.budget !== undefined) notes.use("R58", fieldsOf(record, body.at(key), notes).path);
  return { value, residues };
}

/** Members of the vendors' forms that mean something to others. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  "effort",
  "max_tokens",
  "enabled",
  "exclude",
  "type",
  "budget_tokens",
]);

/** `{effort}`, `{max_tokens}`, `{enabled}`, `{exclude}`. */
function ofOpenRouter(record: JsonRecord): Reasoning | undefined {
  const effort = asEffort(asString(record["effort"]));
  const budget = asNumber(record["max_tokens"]);
  const enabled = asBoolean(record["enabled"]);
  const hidden = asBoolean(record["exclude"]) === true;
  if (effort === undefined && budget === undefined && enabled === undefined) return undefined;
  return compact({
    mode: effort === "none" || enabled === false ? "off" : "on",
    effort,
    budget,
    display: hidden ? "hidden" : undefined,
  });
}

/** `{type:"enabled"|"disabled"}`, with a budget in Anthropic's manner. */
function ofSwitch(record: JsonRecord): Reasoning | undefined {
  const type = asString(record["type"]);
  if (type !== "enabled" && type !== "disabled") return undefined;
  const budget = asNumber(record["budget_tokens"]);
  return compact({ mode: type === "enabled" ? "on" : "off", budget });
}
