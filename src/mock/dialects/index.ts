// The mock's dialects by protocol.
import type { ProtocolName } from "../../protocols/registry.ts";
import { anthropic } from "./anthropic.ts";
import { bedrock } from "./bedrock.ts";
import { cohere } from "./cohere.ts";
import type { Dialect } from "./dialect.ts";
import { gemini } from "./gemini.ts";
import { openai } from "./openai.ts";
import { responses } from "./responses.ts";

/** One for each protocol. */
export const DIALECTS: Readonly<Record<ProtocolName, Dialect>> = {
  openai,
  responses,
  anthropic,
  gemini,
  bedrock,
  cohere,
};
