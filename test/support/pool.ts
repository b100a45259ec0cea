// Pools for tests of routing: everything at its least, unless said otherwise.
import { ms } from "../../src/lib/time.ts";
import type { BreakerSettings } from "../../src/routing/breaker.ts";
import { scopeSettings } from "../../src/routing/scopes.ts";
import type { Member, Pool } from "../../src/routing/upstream.ts";

/** Trips at the first failure, for a millisecond. */
const TOUCHY: BreakerSettings = {
  trip: { mode: "consecutive", failures: 1 },
  cooldown: ms(1),
  maxCooldown: ms(1),
  stickyCooldown: ms(1),
  maxStickyCooldown: ms(1),
  ramp: ms(1),
};

/** A pool of these members. */
export function testPool(name: string, members: readonly Member[], more: Partial<Pool> = {}): Pool {
  return {
    name,
    members,
    policy: "weighted",
    benches: scopeSettings(TOUCHY),
    failover: {
      timeout: ms(1),
      maxHops: 3,
      connectTimeout: ms(1),
      firstByteTimeout: ms(1),
      idleTimeout: ms(1),
      maxWait: ms(0),
      repeats: 0,
      continues: false,
      retryBudget: { share: 1, floor: 10 },
      hold: { ms: ms(1), bytes: 1 },
    },
    onExhausted: { kind: "reject" },
    ...more,
  };
}
