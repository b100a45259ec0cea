// Members with which a response repeats its request (translation.md A.2, Response). Clients expect all of them to be there.
import type { JsonDocument, JsonRecord } from "../../lib/json.ts";
import type { Residue } from "../../ir/request.ts";
import { pointer } from "../kit/pointer.ts";
import type { Draft } from "../kit/residue.ts";
import { DIALECT } from "./dialect.ts";

/** What stands for what a request does not say: the defaults of the protocol's documentation. */
export const ECHO_DEFAULTS: Draft = {
  background: false,
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  metadata: {},
  parallel_tool_calls: true,
  previous_response_id: null,
  prompt_cache_key: null,
  reasoning: { effort: null, summary: null },
  safety_identifier: null,
  store: false,
  temperature: null,
  text: { format: { type: "text" } },
  tool_choice: "auto",
  tools: [],
  top_logprobs: 0,
  top_p: null,
  truncation: "disabled",
  user: null,
};

/** All of them, also those that a response need not have. */
export const ECHO: readonly string[] = [
  ...Object.keys(ECHO_DEFAULTS),
  "context_management",
  "conversation",
  "frequency_penalty",
  "include",
  "presence_penalty",
  "prompt",
  "prompt_cache_options",
  "prompt_cache_retention",
];

/** What a reply to this request repeats of it; what the request does not say has its default. */
export function echoOf(request: JsonRecord, document: JsonDocument): readonly Residue[] {
  return Object.keys(ECHO_DEFAULTS).flatMap((key): readonly Residue[] => {
    const value = Object.hasOwn(request, key) ? (request[key] ?? null) : null;
    if (value === null) return [];
    const text = document.numberText(request, key) ?? document.textOf(value);
    return [{ dialect: DIALECT, path: pointer("", key), text, id: "R00" }];
  });
}
