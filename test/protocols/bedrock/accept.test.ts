// What we send is what the service's own model allows, for every recorded request of the other protocols (ACCEPT).
import { expect, test } from "bun:test";
import { printJson } from "../../../src/lib/json.ts";
import type { ModelCapabilities } from "../../../src/protocols/protocol.ts";
import { accepted, fixtures, recorded } from "../../support/corpus.ts";
import { jsonDocument } from "../../support/json-text.ts";
import { PARTIES } from "../../support/parties.ts";
import { shapeJudge } from "../../support/shape-model.ts";
import { shared } from "../../support/shared.ts";
import { bedrock } from "../../../src/protocols/bedrock/index.ts";

const model = shared("vectors", "specs", "bedrock-runtime.service-2.json");
const judge = model === undefined ? undefined : shapeJudge(model, "ConverseRequest", ["modelId"]);

/** Models that differ in what they take. */
const MODELS: Readonly<Record<string, ModelCapabilities>> = {
  unknown: {},
  claude: { family: "claude", reasoning: "budget" },
  nova: { family: "nova", jsonSchema: false },
  gpt: { family: "gpt", reasoning: "effort" },
  mistral: { family: "mistral", callIds: "nine", jsonSchema: false, forcedToolChoice: "no" },
  palmyra: { family: "palmyra", resultStatus: false, inlineSystem: false },
};

const OTHERS = PARTIES.filter(({ name }) => name !== bedrock.name);
const ROWS = OTHERS.flatMap((from) => Object.keys(MODELS).map((kind) => ({ from, kind })));

test.each(ROWS)("requests of $from.name are legal for models of $kind", ({ from, kind }) => {
  if (judge === undefined) return;
  const capabilities = MODELS[kind] ?? {};
  const faults = accepted([...recorded(from.name), ...fixtures(from.name)]).flatMap((exchange) => {
    if (exchange.request === undefined) return [];
    const context = { model: "m", stream: false, unseal: () => undefined };
    const decoded = from.codec.request.decode(jsonDocument(exchange.request.body), context);
    if (!decoded.ok) return [];
    const target = { model: "m", stream: false, vendor: "anthropic", capabilities, profile: {} };
    const { body } = bedrock.codec.request.encode(decoded.value, target);
    const { root } = jsonDocument(printJson(body));
    return judge(root).map((fault) => `${exchange.id} ${fault}`);
  });
  expect(faults).toEqual([]);
});
