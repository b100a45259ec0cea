// The protocols, with what the tests know about each dialect.
import { PROTOCOLS, PROTOCOL_NAMES, type ProtocolName } from "../../src/protocols/registry.ts";
import type { Protocol } from "../../src/protocols/protocol.ts";
import type { Dialect } from "./dialect.ts";
import { dialectAnthropic } from "./dialect-anthropic.ts";
import { dialectBedrock } from "./dialect-bedrock.ts";
import { dialectCohere } from "./dialect-cohere.ts";
import { dialectGemini } from "./dialect-gemini.ts";
import { dialectOpenai } from "./dialect-openai.ts";
import { dialectResponses } from "./dialect-responses.ts";
import type { Party } from "./laws.ts";

const DIALECTS: Readonly<Record<ProtocolName, Dialect>> = {
  openai: dialectOpenai,
  responses: dialectResponses,
  anthropic: dialectAnthropic,
  gemini: dialectGemini,
  bedrock: dialectBedrock,
  cohere: dialectCohere,
};

/** Every protocol. */
export const PARTIES: readonly Party[] = PROTOCOL_NAMES.map((name) => {
  const protocol: Protocol = PROTOCOLS[name];
  const { codec, framing } = protocol;
  return { name, codec, framing, protocol, ...DIALECTS[name] };
});

/** Every ordered pair, a protocol with itself included. */
export const PAIRS: readonly { readonly a: Party; readonly b: Party; readonly pair: string }[] =
  PARTIES.flatMap((a) => PARTIES.map((b) => ({ a, b, pair: `${a.name}>${b.name}` })));
