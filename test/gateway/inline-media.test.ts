// Media that clients name by address and the upstream does not fetch.
import { describe, expect, test } from "bun:test";
import type { Block } from "../../src/ir/block.ts";
import type { Req } from "../../src/ir/request.ts";
import { inlineMedia, type Inlining } from "../../src/gateway/inline-media.ts";
import type { Call } from "../../src/gateway/call.ts";
import type { Lane } from "../../src/gateway/outcome.ts";
import type { MediaRequest, Runtime } from "../../src/gateway/runtime.ts";
import { printJson } from "../../src/lib/json.ts";
import { ok, err } from "../../src/lib/result.ts";
import { ms } from "../../src/lib/time.ts";
import { gemini } from "../../src/protocols/gemini/index.ts";
import { startGateway, type TestGateway } from "../support/gateway.ts";

const PNG = Buffer.from("89504e470d0a1a0a", "hex");
const IMAGE: Block = { kind: "image", media: { kind: "url", url: "https://a.test/x.png" } };

function requestWith(blocks: readonly Block[]): Req {
  return {
    model: "m",
    stream: false,
    turns: [{ role: "user", place: "inline", blocks, path: "/messages/0" }],
    tools: [],
    sampling: {},
    output: {},
    cache: {},
    identity: {},
    ext: [],
    options: {},
    uses: [],
    source: "elsewhere",
  };
}

/** A gateway with a provider of the given settings, only for its runtime and provider. */
function gatewayWith(setting: string): TestGateway {
  return startGateway(`auth: { mode: none }
providers: { up: { protocol: openai, base_url: "http://127.0.0.1:9", api_key: k, ${setting} } }
models: { m: { provider: up } }
`);
}

type Settings = { readonly setting?: string; readonly takes?: Inlining["takes"] };

async function inlined(
  blocks: readonly Block[],
  fetchMedia: Runtime["fetchMedia"],
  { setting = "fetch_media: true", takes = (kind) => kind === "audio" }: Settings = {},
): Promise<Awaited<ReturnType<typeof inlineMedia>>> {
  const gateway = gatewayWith(setting);
  const provider = gateway.runtime.providers.get("up");
  if (provider === undefined) throw new Error("no provider");
  const call: Pick<Call, "signal"> = { signal: new AbortController().signal };
  const lane: Pick<Lane, "provider"> = { provider };
  const result = await inlineMedia({ ...gateway.runtime, fetchMedia }, call, {
    request: requestWith(blocks),
    lane,
    takes,
    deadline: ms(performance.now() + 10_000),
  });
  await gateway.stop();
  return result;
}

const serving =
  (seen: MediaRequest[]): Runtime["fetchMedia"] =>
  (request) => {
    seen.push(request);
    return Promise.resolve(ok({ bytes: PNG, type: "image/png" }));
  };

test("an address that the upstream cannot fetch becomes a value, each fetched once, wherever it stands", async () => {
  const seen: MediaRequest[] = [];
  const result: Block = { kind: "toolResult", id: "c", parts: [IMAGE], isError: false };
  const made = await inlined([IMAGE, result], serving(seen));
  const value = { kind: "inline", mime: "image/png", base64: "iVBORw0KGgo=" } as const;
  expect(made).toMatchObject({
    ok: true,
    value: { turns: [{ blocks: [{ media: value }, { parts: [{ media: value }] }] }] },
  });
  expect(seen.map(({ url, kind }) => [url, kind])).toEqual([["https://a.test/x.png", "image"]]);
});

test("what the upstream fetches itself is left alone", async () => {
  const seen: MediaRequest[] = [];
  const sound: Block = { kind: "audio", media: { kind: "url", url: "https://a.test/x.wav" } };
  await inlined([sound], serving(seen));
  expect(seen).toEqual([]);
});

test("nothing is fetched unless the provider's config says so", async () => {
  const seen: MediaRequest[] = [];
  const made = await inlined([IMAGE], serving(seen), { setting: "fetch_media: false" });
  expect(seen).toEqual([]);
  expect(made).toMatchObject({ value: { turns: [{ blocks: [IMAGE] }] } });
});

test("E059 a PDF by address is fetched as a document, not as a picture", async () => {
  const seen: MediaRequest[] = [];
  const media = { kind: "url", url: "https://a.test/x.pdf" } as const;
  const pdf: Block = { kind: "document", content: { kind: "media", media } };
  const bytes = Buffer.from("%PDF-1.7");
  const made = await inlined([pdf], (request) => {
    seen.push(request);
    return Promise.resolve(ok({ bytes, type: "application/pdf" }));
  });
  expect(seen[0]?.kind).toBe("document");
  expect(made).toMatchObject({
    value: {
      turns: [
        {
          blocks: [
            { content: { media: { mime: "application/pdf", base64: bytes.toString("base64") } } },
          ],
        },
      ],
    },
  });
});

describe("E053 a picture whose address has no ending, on its way to Gemini", () => {
  const { request } = gemini.codec;
  const target = { model: "g", stream: false, vendor: "google", capabilities: {}, profile: {} };
  const unnamed: Block = { kind: "image", media: { kind: "url", url: "https://a.test/x?w=3.5" } };
  const takes: Inlining["takes"] = (kind, address) => request.takesUrl(kind, target, address);
  const encoded = (req: Req): { readonly parts: unknown; readonly losses: unknown } => {
    const { body, report } = request.encode(req, target);
    const { contents } = JSON.parse(printJson(body));
    return { parts: contents[0].parts, losses: report.losses };
  };
  const answering =
    (type: string, bytes: Buffer): Runtime["fetchMedia"] =>
    () =>
      Promise.resolve(ok({ bytes, type }));

  test.each([
    ["image/webp", Buffer.from("?"), "image/webp"],
    ["application/octet-stream", PNG, "image/png"],
    ["", PNG, "image/png"],
  ])("served as %j it is sent by value with its type", async (type, bytes, mimeType) => {
    const made = await inlined([unnamed], answering(type, bytes), { takes });
    if (!made.ok) throw new Error(made.error.message);
    const inlineData = { mimeType, data: bytes.toString("base64") };
    expect(encoded(made.value)).toEqual({ parts: [{ inlineData }], losses: [] });
  });

  test("without a type that anybody knows it is refused", async () => {
    const made = await inlined([unnamed], answering("", Buffer.from("?")), { takes });
    expect(made).toMatchObject({ ok: false, error: { code: "media_not_fetched" } });
  });

  test("it is sent as it is where nothing is fetched, without a type, which is reported", async () => {
    const made = await inlined([unnamed], answering("image/webp", PNG), {
      takes,
      setting: "fetch_media: false",
    });
    if (!made.ok) throw new Error(made.error.message);
    expect(encoded(made.value)).toEqual({
      parts: [{ fileData: { fileUri: "https://a.test/x?w=3.5" } }],
      losses: [{ id: "R07", path: "/messages/0", level: "D" }],
    });
  });
});

test("an address that leads nowhere is the caller's mistake, told with the reason", async () => {
  const made = await inlined([IMAGE], () =>
    Promise.resolve(err("its address is not a public one")),
  );
  expect(made).toEqual({
    ok: false,
    error: {
      class: "invalid",
      message: "cannot fetch https://a.test/x.png: its address is not a public one",
      code: "media_not_fetched",
    },
  });
});

test("more addresses than anybody needs are refused before anything is fetched", async () => {
  const seen: MediaRequest[] = [];
  const many = Array.from({ length: 17 }, (_, at): Block => ({
    kind: "image",
    media: { kind: "url", url: `https://a.test/${at}.png` },
  }));
  expect(await inlined(many, serving(seen))).toMatchObject({ ok: false });
  expect(seen).toEqual([]);
});
