// Random neutral requests that a client could have sent: turns in order, every call answered, tools that exist.
import * as fc from "fast-check";
import type { Block, ImageBlock, ToolCallBlock } from "../../src/ir/block.ts";
import type {
  OutputSpec,
  Reasoning,
  Req,
  Sampling,
  ToolChoice,
  ToolDef,
  Turn,
} from "../../src/ir/request.ts";
import { jsonText } from "./json-text.ts";

const text = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
  .filter((words) => words.trim() !== "")
  .map((words) => words.trim());
const name = fc.stringMatching(/^[a-z][a-z_]{0,8}$/);
const id = fc.stringMatching(/^call_[A-Za-z0-9]{4,12}$/);

const args = fc
  .dictionary(
    fc.constantFrom("city", "10", "2", "__proto__", "ü"),
    fc.oneof(fc.string(), fc.integer(), fc.boolean()),
  )
  .map((value) => JSON.stringify(value));

const textBlock: fc.Arbitrary<Block> = fc.oneof(
  { weight: 3, arbitrary: text.map((words): Block => ({ kind: "text", text: words })) },
  text.map((words): Block => ({ kind: "text", text: words, cache: { ttl: "5m" } })),
);

const image: fc.Arbitrary<ImageBlock> = fc.oneof(
  fc.base64String({ minLength: 4, maxLength: 16 }).map((base64): ImageBlock => ({
    kind: "image",
    media: { kind: "inline", mime: "image/png", base64 },
  })),
  name.map((word): ImageBlock => ({
    kind: "image",
    media: { kind: "url", url: `https://example.com/${word}.png` },
  })),
);

const pdf: fc.Arbitrary<Block> = fc.base64String({ minLength: 4, maxLength: 16 }).map((base64) => ({
  kind: "document",
  content: { kind: "media", media: { kind: "inline", mime: "application/pdf", base64 } },
  filename: "report.pdf",
}));

const userBlock: fc.Arbitrary<Block> = fc.oneof({ weight: 3, arbitrary: textBlock }, image, pdf);

const call: fc.Arbitrary<ToolCallBlock> = fc.record({
  kind: fc.constant("toolCall"),
  id,
  name,
  argsText: args,
  call: fc.constant("function"),
});

/** One question with its answer, and the results of the answer's calls. */
const exchange = fc.record({
  asked: fc.array(userBlock, { minLength: 1, maxLength: 3 }),
  said: fc.option(text, { nil: undefined }),
  calls: fc.uniqueArray(call, { maxLength: 2, selector: (made) => made.id }),
  results: fc.array(fc.record({ text, isError: fc.boolean() }), { minLength: 2, maxLength: 2 }),
});
type Exchange = typeof exchange extends fc.Arbitrary<infer E> ? E : never;

function turnsOf(
  exchanges: readonly Exchange[],
  system: readonly string[],
  last: readonly Block[],
): readonly Turn[] {
  const turns: Omit<Turn, "path">[] = system.map((words) => ({
    role: "system",
    place: "top",
    blocks: [{ kind: "text", text: words }],
  }));
  for (const [at, { asked, said, calls: made, results }] of exchanges.entries()) {
    const calls = made.map((each) => ({ ...each, id: `${each.id}_${at}` }));
    turns.push({ role: "user", place: "inline", blocks: asked });
    const spoken: readonly Block[] =
      said === undefined && calls.length > 0 ? [] : [{ kind: "text", text: said ?? "yes" }];
    turns.push({ role: "assistant", place: "inline", blocks: [...spoken, ...calls] });
    if (calls.length === 0) continue;
    const answers = calls.map((each, index): Block => {
      const { text: words, isError } = results[index] ?? { text: "done", isError: false };
      return { kind: "toolResult", id: each.id, parts: [{ kind: "text", text: words }], isError };
    });
    turns.push({ role: "user", place: "inline", blocks: answers });
  }
  turns.push({ role: "user", place: "inline", blocks: last });
  return turns.map((turn, index) => ({ ...turn, path: `/turns/${index}` }));
}

const SCHEMA = jsonText('{"type":"object","properties":{"city":{"type":"string"}}}');

const tool: fc.Arbitrary<ToolDef> = fc
  .tuple(
    fc.record({ kind: fc.constant("function"), name, path: fc.constant("/tools") }),
    fc.record(
      { description: text, schema: fc.constant(SCHEMA), strict: fc.boolean() },
      { requiredKeys: ["schema"] },
    ),
  )
  .map(([base, extra]) => ({ ...base, ...extra }));

const sampling: fc.Arbitrary<Sampling> = fc.record(
  {
    temperature: fc.constantFrom(0, 0.25, 0.7, 1),
    topP: fc.constantFrom(0.1, 0.9),
    topK: fc.integer({ min: 1, max: 100 }),
    frequencyPenalty: fc.constantFrom(-1.5, 0.5),
  },
  { requiredKeys: [] },
);

const output: fc.Arbitrary<OutputSpec> = fc.record(
  {
    maxTokens: fc.integer({ min: 1, max: 100_000 }),
    stop: fc.uniqueArray(text, { minLength: 1, maxLength: 3 }),
    format: fc.constant({ kind: "schema", schema: SCHEMA, name: "answer" } as const),
  },
  { requiredKeys: [] },
);

const reasoning: fc.Arbitrary<Reasoning> = fc
  .constantFrom("low", "medium", "high", "max")
  .map((effort) => ({ mode: "on", effort }) as const);

/** A whole request. */
export const requestArbitrary: fc.Arbitrary<Req> = fc
  .record({
    exchanges: fc.array(exchange, { maxLength: 2 }),
    system: fc.array(text, { maxLength: 2 }),
    last: fc.array(userBlock, { minLength: 1, maxLength: 2 }),
    tools: fc.uniqueArray(tool, { maxLength: 3, selector: (each) => each.name }),
    choice: fc.constantFrom("auto", "none", "any", "named"),
    parallel: fc.option(fc.constant(false), { nil: undefined }),
    sampling,
    output,
    reasoning: fc.option(reasoning, { nil: undefined }),
    stream: fc.boolean(),
  })
  .map(({ exchanges, system, last, tools, choice, parallel, ...rest }): Req => {
    const [first] = tools;
    const toolChoice: ToolChoice | undefined =
      first === undefined
        ? undefined
        : choice === "named"
          ? { kind: "named", name: nameOf(first) }
          : { kind: choice };
    const { reasoning: thinking, ...plain } = rest;
    return {
      model: "model",
      ...plain,
      ...(thinking === undefined ? {} : { reasoning: thinking }),
      turns: turnsOf(exchanges, system, last),
      tools,
      ...(toolChoice === undefined ? {} : { toolChoice }),
      ...(parallel === undefined || first === undefined ? {} : { parallelCalls: parallel }),
      cache: {},
      identity: {},
      ext: [],
      options: {},
      uses: [],
      source: "elsewhere",
    };
  });

function nameOf(definition: ToolDef): string {
  return definition.kind === "hosted" ? "" : definition.name;
}
