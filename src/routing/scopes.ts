// What can be benched on its own. One breaker automaton serves all of them; they differ in when they trip and for how long.
import { ms, type Milliseconds } from "../lib/time.ts";
import type { BreakerSettings } from "./breaker.ts";

/**
 * A thing with a health of its own: a pool's member, a model at its provider (whatever pool asks), one key for one model,
 * a key, a provider as a whole.
 */
export type Scope = "member" | "model" | "key-model" | "key" | "provider";

/** When each scope of a pool's lanes trips, and for how long. */
export type ScopeSettings = Readonly<Record<Scope, BreakerSettings>>;

/** First rest of a rate-limited key for which the provider names no time. */
const LIMIT_COOLDOWN = ms(1000);
/** So many connections in a row that come to nothing speak of the provider, not of one of its hosts. */
const UNREACHABLE_IN_A_ROW = 3;

/** The settings of all scopes, from those that the config gives for members. */
export function scopeSettings(member: BreakerSettings): ScopeSettings {
  const atOnce = (cooldown: Milliseconds): BreakerSettings => ({
    ...member,
    trip: { mode: "consecutive", failures: 1 },
    cooldown,
    maxCooldown: ms(Math.max(cooldown, member.maxCooldown)),
  });
  return {
    member,
    model: atOnce(member.cooldown),
    "key-model": atOnce(LIMIT_COOLDOWN),
    key: atOnce(member.cooldown),
    provider: { ...member, trip: { mode: "consecutive", failures: UNREACHABLE_IN_A_ROW } },
  };
}
