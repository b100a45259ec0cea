// Media that a request names by address and the upstream does not fetch: the gateway fetches it and puts it in by value
// (translation.md B.2 R07 and R11), where the provider's config allows that.
import type { Result } from "../lib/result.ts";
import { ok } from "../lib/result.ts";
import type { Milliseconds } from "../lib/time.ts";
import type { Block, Media } from "../ir/block.ts";
import type { Failure } from "../ir/failure.ts";
import type { Req } from "../ir/request.ts";
import { inline, mimeOfName } from "../protocols/kit/media.ts";
import type { MediaKind } from "../protocols/protocol.ts";
import type { Call } from "./call.ts";
import type { Lane } from "./outcome.ts";
import type { Runtime } from "./runtime.ts";

/** Media by address. */
type Address = Extract<Media, { kind: "url" }>;

type Takes = (kind: MediaKind, address: Address) => boolean;

/** A request on its way to a lane. */
export type Inlining = {
  readonly request: Req;
  readonly lane: Pick<Lane, "provider">;
  /** Whether the upstream fetches media of a kind from an address itself. */
  readonly takes: Takes;
  readonly deadline: Milliseconds;
};

/** Most addresses of one request that are fetched. */
const MAX_URLS = 16;

/**
 * The request with media by value where its upstream needs that; the same request where nothing has to be fetched or the
 * provider does not allow it (its encoder then reports the loss). Fails as the caller's mistake when an address leads to
 * nothing that may be sent.
 */
export async function inlineMedia(
  runtime: Pick<Runtime, "fetchMedia" | "now">,
  call: Pick<Call, "signal">,
  { request, lane, takes, deadline }: Inlining,
): Promise<Result<Req, Failure>> {
  const limits = lane.provider.fetchMedia;
  if (limits === undefined) return ok(request);
  const wanted = new Map<string, MediaKind>();
  for (const { blocks } of request.turns) collect(blocks, takes, wanted);
  if (wanted.size === 0) return ok(request);
  if (wanted.size > MAX_URLS) return tooMany(wanted.size);
  const budget = { left: limits.maxTotalBytes };
  const fetched = new Map<string, Media>();
  const timeout = Math.min(limits.timeout, Math.max(deadline - runtime.now(), 1));
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(timeout)]);
  // One after another, so that the cap on their sum holds while they arrive.
  for (const [url, kind] of wanted) {
    const media = await runtime.fetchMedia({
      url,
      kind,
      maxBytes: Math.min(limits.maxBytes, budget.left),
      signal,
    });
    if (!media.ok) return unreachable(url, media.error);
    budget.left -= media.value.bytes.byteLength;
    const { bytes, type } = media.value;
    const value = inline(
      isVague(type) ? mimeOfName(url) : type,
      Buffer.from(bytes).toString("base64"),
    );
    if (isVague(value.mime) && kind !== "document") return unreachable(url, `it is no ${kind}`);
    fetched.set(url, value);
  }
  return ok({
    ...request,
    turns: request.turns.map((turn) => ({
      ...turn,
      blocks: turn.blocks.map((block) => replace(block, fetched)),
    })),
  });
}

/** A type that says nothing: an upstream could only guess. */
function isVague(mime: string): boolean {
  return mime === "" || mime === "application/octet-stream";
}

function tooMany(count: number): Result<never, Failure> {
  const message = `${count} addresses would have to be fetched for this upstream; at most ${MAX_URLS} are`;
  return { ok: false, error: { class: "invalid", message } };
}

function unreachable(url: string, reason: string): Result<never, Failure> {
  const message = `cannot fetch ${url.slice(0, 200)}: ${reason}`;
  return { ok: false, error: { class: "invalid", message, code: "media_not_fetched" } };
}

/** Image, document and so on by address, wherever they stand, if the upstream does not fetch them itself. */
function collect(blocks: readonly Block[], takes: Takes, wanted: Map<string, MediaKind>): void {
  for (const block of blocks) {
    const found = mediaOf(block);
    if (found?.media.kind === "url" && !takes(found.kind, found.media))
      wanted.set(found.media.url, found.kind);
    if (block.kind === "toolResult" || block.kind === "searchResult") {
      collect(block.parts, takes, wanted);
    } else if (block.kind === "document" && block.content.kind === "blocks") {
      collect(block.content.blocks, takes, wanted);
    }
  }
}

function mediaOf(block: Block): { readonly kind: MediaKind; readonly media: Media } | undefined {
  switch (block.kind) {
    case "image":
    case "audio":
    case "video":
      return { kind: block.kind, media: block.media };
    case "document":
      return block.content.kind === "media"
        ? { kind: "document", media: block.content.media }
        : undefined;
    case "text":
    case "refusal":
    case "thinking":
    case "toolCall":
    case "toolResult":
    case "searchResult":
    case "json":
    case "vendor":
      return undefined;
  }
}

function replace(block: Block, fetched: ReadonlyMap<string, Media>): Block {
  switch (block.kind) {
    case "image":
    case "audio":
    case "video":
      return { ...block, media: valueOf(block.media, fetched) };
    case "document":
      return { ...block, content: replaceContent(block.content, fetched) };
    case "toolResult":
    case "searchResult":
      return { ...block, parts: block.parts.map((part) => replace(part, fetched)) };
    case "text":
    case "refusal":
    case "thinking":
    case "toolCall":
    case "json":
    case "vendor":
      return block;
  }
}

type Content = Extract<Block, { kind: "document" }>["content"];

function replaceContent(content: Content, fetched: ReadonlyMap<string, Media>): Content {
  switch (content.kind) {
    case "media":
      return { ...content, media: valueOf(content.media, fetched) };
    case "blocks":
      return { ...content, blocks: content.blocks.map((block) => replace(block, fetched)) };
    case "text":
      return content;
  }
}

function valueOf(media: Media, fetched: ReadonlyMap<string, Media>): Media {
  return media.kind === "url" ? (fetched.get(media.url) ?? media) : media;
}
