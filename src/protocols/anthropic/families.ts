// What Claude's generations accept (translation.md A.3, "Model generations"). Data, by the beginning of the model's name
// without vendor and region; the first row that fits counts.
import { baseModel } from "../../ir/opaque.ts";
import type { ModelCapabilities } from "../protocol.ts";

type Row = readonly [prefix: RegExp, capabilities: ModelCapabilities];

const MODERN = {
  sampling: "none",
  reasoning: "adaptive",
  jsonSchema: true,
  vision: true,
  pdf: true,
  audio: false,
} as const satisfies ModelCapabilities;

const BUDGET = {
  sampling: "one",
  reasoning: "budget",
  reasoningOff: "yes",
  forcedToolChoice: "without-reasoning",
  prefill: true,
  vision: true,
  pdf: true,
  audio: false,
} as const satisfies ModelCapabilities;

const ROWS: readonly Row[] = [
  [
    /^claude-opus-5-5/,
    { ...MODERN, reasoningOff: "no", forcedToolChoice: "no", prefill: false, maxOutput: 128_000 },
  ],
  [
    /^claude-sonnet-5-5/,
    {
      ...MODERN,
      reasoningOff: "between-tools",
      forcedToolChoice: "no",
      prefill: false,
      maxOutput: 128_000,
    },
  ],
  [
    /^claude-[a-z]+-5/,
    {
      ...MODERN,
      reasoningOff: "yes",
      forcedToolChoice: "without-reasoning",
      prefill: false,
      maxOutput: 128_000,
    },
  ],
  [
    /^claude-[a-z]+-4-7/,
    {
      ...MODERN,
      reasoningOff: "yes",
      forcedToolChoice: "without-reasoning",
      prefill: false,
      maxOutput: 128_000,
    },
  ],
  [
    /^claude-[a-z]+-4-6/,
    {
      ...MODERN,
      sampling: "one",
      reasoningOff: "yes",
      forcedToolChoice: "without-reasoning",
      prefill: false,
      maxOutput: 64_000,
    },
  ],
  [/^claude-(?:sonnet|haiku)-4-5/, { ...BUDGET, jsonSchema: true, maxOutput: 64_000 }],
  [/^claude-opus-4-5/, { ...BUDGET, jsonSchema: true, maxOutput: 64_000 }],
  [/^claude-opus-4/, { ...BUDGET, jsonSchema: false, maxOutput: 32_000 }],
  [/^claude-sonnet-4/, { ...BUDGET, jsonSchema: false, maxOutput: 64_000 }],
  [/^claude-3-7-sonnet/, { ...BUDGET, jsonSchema: false, sampling: "all", maxOutput: 64_000 }],
  [
    /^claude-3-5/,
    { ...BUDGET, jsonSchema: false, sampling: "all", reasoning: "none", maxOutput: 8192 },
  ],
  [
    /^claude-(?:3|2|instant)/,
    {
      ...BUDGET,
      jsonSchema: false,
      sampling: "all",
      reasoning: "none",
      pdf: false,
      maxOutput: 4096,
    },
  ],
];

/** What a model accepts; nothing is claimed of models that are not Claude. */
export function capabilitiesOf(model: string): ModelCapabilities {
  const name = baseModel(model);
  return ROWS.find(([prefix]) => prefix.test(name))?.[1] ?? {};
}
