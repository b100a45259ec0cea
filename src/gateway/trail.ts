// What happened to a call, for `recloser explain`: who was considered and why not taken, each attempt's verdict with its
// evidence, what it changed, and the waits. Kept in memory, bounded; holds nothing that was said in the conversation.
import type { Failure, FailureClass } from "../ir/failure.ts";
import { effectOf, type Culprit } from "../routing/fault.ts";
import type { Standing } from "../routing/plan.ts";
import type { Scope } from "../routing/scopes.ts";

/** How a member stood when a choice was made. */
export type Considered = {
  readonly model: string;
  readonly standing: Standing;
  /** What keeps it away: the benched or drained thing, or what it cannot take. */
  readonly because?: string;
  /** When it may be tried again, in milliseconds from then. */
  readonly readyIn?: number;
};

/** Why an attempt failed. */
export type Evidence = {
  readonly class: FailureClass;
  readonly culprit: Culprit;
  /** HTTP status of the upstream, if it answered. */
  readonly status?: number;
  readonly code?: string;
  readonly type?: string;
  /** The upstream's words, shortened, without what they quote. */
  readonly excerpt: string;
  /** How long it asked to wait in milliseconds, and where it said so. */
  readonly retryAfter?: number;
  readonly waitFrom?: string;
};

/** A change of health that an attempt caused. */
export type Change = {
  readonly scope: Scope;
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** How long it rests, in milliseconds. */
  readonly forMs?: number;
};

/** One try; `verdict` and what belongs to it are written when it ends. */
export type AttemptStep = {
  readonly kind: "attempt";
  /** When it began, in milliseconds after the call arrived. */
  readonly at: number;
  readonly number: number;
  readonly model: string;
  readonly provider: string;
  /** The key's id. */
  readonly key: string;
  verdict: "under way" | "answered" | "failed" | "left";
  /** How long it took to its end, in milliseconds. */
  took?: number;
  /** How long the upstream took to its first byte. */
  firstByte?: number;
  evidence?: Evidence;
  readonly changes: Change[];
};

/** One thing that happened, in order. */
export type Step =
  | {
      readonly kind: "considered";
      readonly at: number;
      readonly pool: string;
      readonly members: readonly Considered[];
    }
  | AttemptStep
  | { readonly kind: "waited"; readonly at: number; readonly ms: number; readonly for: string };

/** The whole story of a call. */
export type Trail = {
  readonly id: string;
  /** Unix milliseconds. */
  readonly arrivedAt: number;
  readonly protocol: string;
  readonly operation: string;
  readonly target: string;
  readonly stream: boolean;
  readonly steps: Step[];
  /** What the client was told; absent: nothing yet. */
  status?: number;
  /** The header with what translation lost, if it lost anything. */
  losses?: string;
};

const EXCERPT = 200;

/** What a failure rests on. */
export function evidenceOf(failure: Failure): Evidence {
  const { class: kind, status, code, type, message, retryAfter, waitFrom } = failure;
  return {
    class: kind,
    culprit: effectOf(kind).culprit,
    ...(status === undefined ? {} : { status }),
    ...(code === undefined ? {} : { code }),
    ...(type === undefined ? {} : { type }),
    excerpt: excerptOf(message),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(waitFrom === undefined ? {} : { waitFrom }),
  };
}

/** Vendors quote what was sent; only short words in quotes, such as names of members and models, say anything here. */
function excerptOf(message: string): string {
  const line = message
    .slice(0, 4 * EXCERPT)
    .replaceAll(/\s+/g, " ")
    .replaceAll(/(["'`])(?:(?!\1).){41,}?(?:\1|$)/g, "$1…$1");
  return line.length > EXCERPT ? `${line.slice(0, EXCERPT)}…` : line;
}

/** The stories of the latest calls. */
export type Trails = {
  readonly put: (trail: Trail) => void;
  /** `undefined`: no such call, or it was too long ago. */
  readonly get: (id: string) => Trail | undefined;
  /** The latest, the newest first. */
  readonly latest: (most: number) => readonly Trail[];
};

/** Keeps the latest `most` stories, in a ring: nothing moves when the oldest makes room. */
export function createTrails(most: number): Trails {
  const ring: Trail[] = [];
  const byId = new Map<string, Trail>();
  let next = 0;
  return {
    put: (trail) => {
      const oldest = ring[next];
      if (oldest !== undefined) byId.delete(oldest.id);
      ring[next] = trail;
      byId.set(trail.id, trail);
      next = (next + 1) % most;
    },
    get: (id) => byId.get(id),
    latest: (count) =>
      [...ring.slice(0, next).toReversed(), ...ring.slice(next).toReversed()].slice(0, count),
  };
}
