// The `@google/genai` package as judge of generateContent.
import { ApiError, GoogleGenAI } from "@google/genai";
import type { Json, JsonRecord } from "../../src/lib/json.ts";
import { elements, isRecord, omit } from "./canon.ts";
import { foldChunks } from "./fold-gemini.ts";
import { answering, JSON_TYPE, plain, SSE, type Judge } from "./sdk.ts";

function client(
  status: number,
  headers: Record<string, string>,
  body: string | Uint8Array,
): GoogleGenAI {
  const fetch = answering(status, headers, body);
  const httpOptions = { baseUrl: "http://gateway.test", fetch, retryOptions: { attempts: 1 } };
  // In the mode for Vertex AI the SDK passes times on as well.
  return new GoogleGenAI({ vertexai: true, apiKey: "k", httpOptions });
}

const CALL = { model: "m", contents: "hi" };

/** What the SDK returned, without what is about the transport. */
function bare(value: unknown): Json {
  const copy = plain(value);
  return isRecord(copy) ? omit(copy, "sdkHttpResponse") : copy;
}

/** The SDK on `generateContent` and `streamGenerateContent`. */
export const judgeGemini: Judge = {
  accumulate: async (stream) => {
    const { models } = client(200, SSE, stream);
    const chunks: Json[] = [];
    for await (const chunk of await models.generateContentStream(CALL)) chunks.push(bare(chunk));
    if (!isWhole(chunks)) throw new Error("the stream ended without a finish reason");
    return foldChunks(chunks);
  },
  reply: async (body) => bare(await client(200, JSON_TYPE, body).models.generateContent(CALL)),
  error: async (status, headers, body) => {
    try {
      await client(status, headers, body).models.generateContent(CALL);
      return undefined;
    } catch (error) {
      return error;
    }
  },
  status: (error) => (error instanceof ApiError ? error.status : undefined),
};

/** The SDK takes whatever comes; what it gets must have an end. */
function isWhole(chunks: readonly Json[]): boolean {
  const records = chunks.filter(isRecord);
  const finished = records.some((chunk) =>
    elements(chunk["candidates"]).some((each) => isRecord(each) && "finishReason" in each),
  );
  return finished || records.some(isBlocked);
}

function isBlocked(chunk: JsonRecord): boolean {
  const feedback = chunk["promptFeedback"];
  return isRecord(feedback) && "blockReason" in feedback;
}
