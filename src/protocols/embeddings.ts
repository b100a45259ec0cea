// The way of embeddings from one protocol to another: one request becomes as many bodies as the upstream needs, and
// their replies one again (translation.md A.7).
import type { JsonDocument } from "../lib/json.ts";
import { err, ok, type Result } from "../lib/result.ts";
import type { EmbeddingsReply } from "../ir/embeddings.ts";
import type { Failure } from "../ir/failure.ts";
import type { EmbeddingsCodec, HeaderReader } from "./protocol.ts";

/** One of the upstream's replies. */
export type EmbeddingsPart = { readonly document: JsonDocument; readonly header: HeaderReader };

/** Reads and joins the replies, in the order of the requests; fails when they do not hold `count` vectors in all. */
export function readEmbeddings(
  codec: EmbeddingsCodec,
  parts: readonly EmbeddingsPart[],
  count: number,
): Result<EmbeddingsReply, Failure> {
  const replies: EmbeddingsReply[] = [];
  for (const { document, header } of parts) {
    const reply = codec.reply.decode(document, header);
    if (!reply.ok) return reply;
    replies.push(reply.value);
  }
  const vectors = replies.flatMap((reply) => reply.vectors);
  if (vectors.length !== count) {
    const message = `the upstream's reply holds ${vectors.length} embeddings for ${count} texts`;
    return err({ class: "bad-upstream-reply", message });
  }
  const model = replies.find((reply) => reply.model !== undefined)?.model;
  const tokens = replies.flatMap((reply) => reply.inputTokens ?? []);
  // A sum over some of the parts would be wrong.
  const told = tokens.length === replies.length;
  return ok({
    vectors,
    ...(model === undefined ? {} : { model }),
    ...(told ? { inputTokens: tokens.reduce((sum, each) => sum + each, 0) } : {}),
  });
}
