// What Claude's generations accept (translation.md A.3, "Model generations"). Data, by the beginning of the model's name
// without vendor and region; the first row that fits counts.
import { baseModel } from "../../ir/opaque.ts";
import type { ModelCapabilities } from "../protocol.ts";

type Row = readonly [prefix: RegExp, capabilities: ModelCapabilities];

const MODERN = {
  maxOutput: 128_000,
  sampling: "none",
  reasoning: "adaptive",
  reasoningOff: "yes",
  forcedToolChoice: "without-reasoning",
  prefill: false,
  inlineSystem: true,
  jsonSchema: true,
  vision: true,
  pdf: true,
  audio: false,
} as const satisfies ModelCapabilities;

const BUDGET = {
  maxOutput: 64_000,
  sampling: "one",
  reasoning: "budget",
  reasoningOff: "yes",
  forcedToolChoice: "without-reasoning",
  prefill: true,
  inlineSystem: false,
  jsonSchema: false,
  vision: true,
  pdf: true,
  audio: false,
} as const satisfies ModelCapabilities;

/** The first that adapt by themselves; `xhigh` came with the next generation. */
const FIRST_ADAPTIVE = {
  ...MODERN,
  sampling: "one",
  efforts: ["low", "medium", "high", "max"],
  inlineSystem: false,
} as const satisfies ModelCapabilities;

const BEFORE_THINKING = { ...BUDGET, sampling: "all", reasoning: "none" } as const;

const ROWS: readonly Row[] = [
  // These always think, and from 5.1 and 5.5 on they cannot be made to call a tool.
  [
    /^claude-(?:opus-5-5|(?:fable|mythos)-5-[1-9])/,
    { ...MODERN, reasoningOff: "no", forcedToolChoice: "no" },
  ],
  [/^claude-sonnet-5-5/, { ...MODERN, reasoningOff: "between-tools", forcedToolChoice: "no" }],
  [/^claude-[a-z]+-5-5/, { ...MODERN, forcedToolChoice: "no" }],
  [/^claude-(?:fable|mythos)-/, { ...MODERN, reasoningOff: "no" }],
  [/^claude-[a-z]+-4-7/, { ...MODERN, inlineSystem: false }],
  [/^claude-opus-4-6/, FIRST_ADAPTIVE],
  [/^claude-[a-z]+-4-6/, { ...FIRST_ADAPTIVE, maxOutput: 64_000 }],
  [/^claude-[a-z]+-4-5/, { ...BUDGET, jsonSchema: true }],
  // The first of the fourth generation are named by their date alone: `claude-opus-4-20250514`.
  [/^claude-opus-4(?:-[01])?$/, { ...BUDGET, maxOutput: 32_000 }],
  [/^claude-sonnet-4(?:-0)?$/, BUDGET],
  [/^claude-3-7/, { ...BUDGET, sampling: "all" }],
  [/^claude-3-5/, { ...BEFORE_THINKING, maxOutput: 8192 }],
  [/^claude-(?:[123]|instant)/, { ...BEFORE_THINKING, pdf: false, maxOutput: 4096 }],
  // Later ones are like the latest that are known, rather than like the first.
  [/^claude-/, MODERN],
];

/** What a model accepts; nothing is claimed of models that are not Claude. */
export function capabilitiesOf(model: string): ModelCapabilities {
  const name = baseModel(model);
  return ROWS.find(([prefix]) => prefix.test(name))?.[1] ?? {};
}
