// What the provider of a scripted agent loop says, and what its history must look like when it comes back. Three turns: two
// calls at once, one more call, and the last words; the first two are signed where the protocol has proofs.
import type { Json, JsonRecord } from "../../src/lib/json.ts";

/** One run of a loop: its number is part of every id and proof, so that no run can profit from another. */
export type Run = number;

/** The ids that the provider gives its calls. */
export const callId = (run: Run, letter: string): string => `call_${run}${letter}`;

/** A proof of reasoning; of letters that every carrier takes. */
const proofOf = (run: Run, turn: number): string =>
  Buffer.from(`proof of turn ${turn} in run ${run}`).toString("base64");

/** Last words of a loop. */
export const lastWords = (run: Run): string => `Run ${run} is done.`;

/** A call of the script. */
export type Called = { readonly id: string; readonly name: string; readonly city: string };

/** One turn of the script: its proof and calls, or the last words. */
export type Said =
  | { readonly proof: string; readonly thought: string; readonly calls: readonly Called[] }
  | { readonly words: string };

/** The turns in their order. */
export function turnsOf(run: Run): readonly Said[] {
  const call = (letter: string, name: string, city: string): Called => ({
    id: callId(run, letter),
    name,
    city,
  });
  return [
    {
      proof: proofOf(run, 1),
      thought: "Both at once.",
      calls: [call("A", "weather", "Rome"), call("B", "map", "Rome")],
    },
    {
      proof: proofOf(run, 2),
      thought: "One more.",
      calls: [call("C", "weather", "Oslo")],
    },
    { words: lastWords(run) },
  ];
}

/** What the third request must show, in this order. Without proofs in protocols that have none. */
export function historyOf(run: Run, hasProofs: boolean): readonly string[] {
  const proof = (turn: number): readonly string[] =>
    hasProofs ? [`proof ${proofOf(run, turn)}`] : [];
  return [
    ...proof(1),
    `call ${callId(run, "A")} weather Rome`,
    `call ${callId(run, "B")} map Rome`,
    `result ${callId(run, "A")} 18 degrees in Rome`,
    `result ${callId(run, "B")} a map of Rome`,
    "image",
    ...proof(2),
    `call ${callId(run, "C")} weather Oslo`,
    `result ${callId(run, "C")} 18 degrees in Oslo`,
  ];
}

/** What the tools of the agent return. */
export function answerOf(
  name: string,
  city: string,
): { readonly text: string; readonly image?: string } {
  return name === "map"
    ? { text: `a map of ${city}`, image: PIXEL }
    : { text: `18 degrees in ${city}` };
}

/** A picture of one pixel: PNG in base64. */
const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

/** The parameters of both tools. */
export const PARAMETERS = {
  type: "object" as const,
  properties: { city: { type: "string" } },
  required: ["city"],
};

/** The tools on offer. */
export const TOOLS = ["weather", "map"] as const;

/** Elements of a list, or none. */
export function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** A member of an object; `undefined`: there is none. */
export function at(value: Json | undefined, ...keys: readonly string[]): Json | undefined {
  return keys.reduce<Json | undefined>(
    (inner, key) => (isObject(inner) ? inner[key] : undefined),
    value,
  );
}

/** The same as text; "" if it is none. */
export function textAt(value: Json | undefined, ...keys: readonly string[]): string {
  const found = at(value, ...keys);
  return typeof found === "string" ? found : "";
}

function isObject(value: Json | undefined): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
