// Random events and replies for the laws of the neutral model.
import * as fc from "fast-check";
import type { Block, Citation, Opaque } from "../../src/ir/block.ts";
import type { Event, Head } from "../../src/ir/event.ts";
import type { Candidate, Reply, Stop, TokenLogprob, Usage } from "../../src/ir/reply.ts";
import type { Residue, Tier } from "../../src/ir/request.ts";
import { STOP_CLASSES } from "./classes.ts";
import { jsonText } from "./json-text.ts";

const text = fc.string({ unit: "binary", maxLength: 12 });
const word = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 8 });
const count = fc.nat({ max: 1_000_000 });

/** Leaves out absent members, as `exactOptionalPropertyTypes` wants it. */
function partial<T>(model: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<
  Partial<T>
> {
  return fc.record(model, { requiredKeys: [] }) as unknown as fc.Arbitrary<Partial<T>>;
}

export const opaqueArbitrary: fc.Arbitrary<Opaque> = fc
  .tuple(
    fc.record({
      vendor: fc.constantFrom("anthropic", "openai", ""),
      kind: fc.constantFrom("signature", "redacted", "encrypted", "thoughtSignature", "itemId"),
      data: text,
    }),
    partial<{ model: string }>({ model: word }),
  )
  .map(([base, extra]) => ({ ...base, ...extra }));

const residueArbitrary: fc.Arbitrary<Residue> = fc.record({
  dialect: fc.constantFrom("here", "there"),
  path: word.map((name) => `/${name}`),
  text: fc.json({ maxDepth: 1 }).map(jsonText),
  id: fc.constantFrom("R00", "S00"),
});

const citationArbitrary: fc.Arbitrary<Citation> = fc.record({
  source: word.map((url) => ({ kind: "url", url }) as const),
  native: fc.record({ dialect: word, text: fc.constant(jsonText("{}")) }),
});

const residues = fc.array(residueArbitrary, { minLength: 1, maxLength: 2 });
const opaques = fc.array(opaqueArbitrary, { minLength: 1, maxLength: 2 });

const base = partial<{ opaque: readonly Opaque[]; ext: readonly Residue[] }>({
  opaque: opaques,
  ext: residues,
});

const headArbitrary: fc.Arbitrary<Exclude<Head, { kind: "whole" }>> = fc.oneof(
  partial<{ tag: "plan" }>({ tag: fc.constant("plan") }).map(
    (extra) => ({ kind: "text", ...extra }) as const,
  ),
  fc.constant({ kind: "refusal" } as const),
  fc.record({
    kind: fc.constant("thinking"),
    form: fc.constantFrom("summary", "raw"),
    redacted: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant("toolCall"),
    id: word,
    name: word,
    call: fc.constantFrom("function", "custom"),
  }),
);

/** A block as a reply may hold it. */
const replyBlockArbitrary: fc.Arbitrary<Block> = fc.oneof(
  fc
    .tuple(
      headArbitrary,
      text,
      base,
      partial<{ citations: readonly Citation[] }>({
        citations: fc.array(citationArbitrary, { minLength: 1, maxLength: 2 }),
      }),
    )
    .map(([head, content, extra, cited]): Block => {
      switch (head.kind) {
        case "text":
          return { ...head, ...extra, ...cited, text: content };
        case "refusal":
        case "thinking":
          return { ...head, ...extra, text: content };
        case "toolCall":
          return { ...head, ...extra, argsText: content };
      }
    }),
  fc.record({
    kind: fc.constant("vendor"),
    dialect: word,
    text: fc.constant(jsonText('{"a":1.0}')),
    id: fc.constant("S06"),
  }),
);

const tokenArbitrary: fc.Arbitrary<TokenLogprob> = fc.record({
  token: text,
  logprob: fc.double({ max: 0, noNaN: true, noDefaultInfinity: true }),
  top: fc.constant([]),
});

const usageArbitrary: fc.Arbitrary<Usage> = partial<Required<Omit<Usage, "reported">>>({
  inFresh: count,
  cacheRead: count,
  cacheWrite: count,
  cacheWrite5m: count,
  cacheWrite1h: count,
  toolUseIn: count,
  output: count,
  reasoning: count,
  audioIn: count,
  audioOut: count,
  acceptedPrediction: count,
  rejectedPrediction: count,
});

const stopArbitrary: fc.Arbitrary<Stop> = fc
  .tuple(
    fc.constantFrom(...STOP_CLASSES),
    partial<{ raw: string; sequence: string }>({ raw: word, sequence: word }),
  )
  .map(([name, extra]) => ({ class: name, ...extra }));

const candidateArbitrary: fc.Arbitrary<Candidate> = fc
  .tuple(
    fc.record({ blocks: fc.array(replyBlockArbitrary, { maxLength: 4 }), stop: stopArbitrary }),
    partial<{
      logprobs: readonly TokenLogprob[];
      refusalLogprobs: readonly TokenLogprob[];
      ext: readonly Residue[];
    }>({
      logprobs: fc.array(tokenArbitrary, { maxLength: 2 }),
      refusalLogprobs: fc.array(tokenArbitrary, { maxLength: 2 }),
      ext: residues,
    }),
  )
  .map(([required, extra]) => ({ ...required, ...extra }));

const tierArbitrary: fc.Arbitrary<Tier> = fc.record({
  class: fc.constantFrom("auto", "default", "flex", "priority", "other"),
  raw: word,
});

/** A whole reply. */
export const replyArbitrary: fc.Arbitrary<Reply> = fc
  .tuple(
    fc.record({
      candidates: fc.array(candidateArbitrary, { minLength: 1, maxLength: 3 }),
      ext: fc.array(residueArbitrary, { maxLength: 2 }),
      uses: fc.array(fc.record({ id: fc.constantFrom("S02", "S17"), path: word }), {
        maxLength: 2,
      }),
    }),
    partial<{ id: string; model: string; created: number; usage: Usage; tier: Tier }>({
      id: word,
      model: word,
      created: count,
      usage: usageArbitrary,
      tier: tierArbitrary,
    }),
  )
  .map(([required, extra]) => ({ ...required, ...extra }));

const place = { candidate: fc.nat({ max: 1 }), index: fc.nat({ max: 3 }) };

/** Events in no sensible order at all: what a broken decoder could send. */
export const eventArbitrary: fc.Arbitrary<Event> = fc.oneof(
  partial<{ id: string; model: string }>({ id: word, model: word }).map(
    (extra) => ({ type: "start", ...extra }) as const,
  ),
  { weight: 3, arbitrary: fc.record({ type: fc.constant("open"), ...place, head: headArbitrary }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant("delta"), ...place, text }) },
  fc.record({ type: fc.constant("opaque"), ...place, opaque: opaqueArbitrary }),
  fc.record({ type: fc.constant("cite"), ...place, citation: citationArbitrary }),
  { weight: 2, arbitrary: fc.record({ type: fc.constant("close"), ...place }) },
  fc.record({ type: fc.constant("stop"), candidate: place.candidate, stop: stopArbitrary }),
  fc.record({ type: fc.constant("usage"), usage: usageArbitrary }),
  fc.record({
    type: fc.constant("logprobs"),
    candidate: place.candidate,
    tokens: fc.array(tokenArbitrary, { maxLength: 1 }),
    refusal: fc.boolean(),
  }),
  fc.constant({ type: "meta", ext: [] } as const),
  fc.constant({ type: "use", id: "S02", path: "/x" } as const),
  fc.constant({ type: "ping" } as const),
  fc.constant({ type: "end" } as const),
  fc.constant({ type: "error", failure: { class: "overloaded", message: "busy" } } as const),
);
