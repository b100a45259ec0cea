// The protocols that can be translated, with what the tests know about each dialect.
import { PROTOCOLS, PROTOCOL_NAMES } from "../../src/protocols/registry.ts";
import type { Protocol } from "../../src/protocols/protocol.ts";
import type { Canon } from "./canon.ts";
import { canonAnthropic } from "./canon-anthropic.ts";
import { canonOpenai } from "./canon-openai.ts";
import type { Party } from "./laws.ts";
import { JUDGES } from "./sdk.ts";

const CANONS: Readonly<Record<string, Canon>> = { openai: canonOpenai, anthropic: canonAnthropic };

/** Every protocol that has a codec. One without a canonical form or a judge is a gap in the tests, so it throws. */
export const PARTIES: readonly Party[] = PROTOCOL_NAMES.flatMap((name) => {
  const { codec }: Protocol = PROTOCOLS[name];
  if (codec === undefined) return [];
  const canon = CANONS[name];
  const judge = JUDGES[name];
  if (canon === undefined || judge === undefined) throw new Error(`no canon or judge for ${name}`);
  return [{ name, codec, canon, judge }];
});

/** Every ordered pair, a protocol with itself included. */
export const PAIRS: readonly { readonly a: Party; readonly b: Party; readonly pair: string }[] =
  PARTIES.flatMap((a) => PARTIES.map((b) => ({ a, b, pair: `${a.name}>${b.name}` })));
