// What a generateContent reply must look like, whole and in pieces (translation.md A.4, D.6; types of the SDK `@google/genai`).
import { asRecord, asString, member, type Json, type JsonRecord } from "../../lib/json.ts";
import { checkBodies, OVER, stepFor, type Step } from "../kit/check-frames.ts";
import {
  also,
  boolean,
  count,
  filled,
  firstOf,
  list,
  number,
  object,
  record,
  recordsIn,
  text,
  union,
  word,
} from "../kit/shape.ts";
import type { Check, StreamCheck } from "../protocol.ts";

/** Reasoning that nobody may read is nothing but its signature. */
const hidden = record({ thought: boolean, thoughtSignature: filled });

/** A part has one kind of data. Signature and thought flag may stand beside any of them. */
const part = (value: Json | undefined, path: string): string | undefined => {
  const given = asRecord(value);
  const isHidden = given !== undefined && Object.keys(given).every((key) => MODIFIERS.has(key));
  return (isHidden ? hidden : visible)(value, path);
};

const MODIFIERS: ReadonlySet<string> = new Set(["thought", "thoughtSignature"]);

const visible = union(
  {
    text,
    inlineData: record({ mimeType: filled, data: text }),
    fileData: record({ fileUri: filled }),
    functionCall: record({ name: filled }, { args: object, id: filled }),
    functionResponse: record({ name: filled, response: object }),
    executableCode: record({ code: text }),
    codeExecutionResult: record({ outcome: filled }),
    toolCall: object,
    toolResponse: object,
  },
  { thought: boolean, thoughtSignature: filled },
);

const finishReason = word(
  "STOP",
  "MAX_TOKENS",
  "SAFETY",
  "RECITATION",
  "LANGUAGE",
  "BLOCKLIST",
  "PROHIBITED_CONTENT",
  "SPII",
  "MALFORMED_FUNCTION_CALL",
  "UNEXPECTED_TOOL_CALL",
  "TOO_MANY_TOOL_CALLS",
  "IMAGE_SAFETY",
  "IMAGE_PROHIBITED_CONTENT",
  "IMAGE_RECITATION",
  "IMAGE_OTHER",
  "NO_IMAGE",
  "CONTINUATION",
  "OTHER",
  "FINISH_REASON_UNSPECIFIED",
  "MISSING_THOUGHT_SIGNATURE",
  "MALFORMED_RESPONSE",
);

const candidate = record(
  {},
  {
    content: record({}, { role: word("model"), parts: list(part) }),
    finishReason,
    index: count,
    avgLogprobs: number,
    groundingMetadata: object,
    citationMetadata: object,
    safetyRatings: list(object),
  },
);

const usage = record(
  {},
  {
    promptTokenCount: count,
    candidatesTokenCount: count,
    totalTokenCount: count,
    cachedContentTokenCount: count,
    thoughtsTokenCount: count,
    toolUsePromptTokenCount: count,
  },
);

const chunk = also(
  record(
    {},
    {
      candidates: list(candidate),
      promptFeedback: record({}, { blockReason: filled }),
      usageMetadata: usage,
      modelVersion: text,
      responseId: text,
    },
  ),
  (given) =>
    isBlocked(given) && recordsIn(given, "candidates").length > 0
      ? "a blocked prompt with candidates"
      : undefined,
);

function isBlocked(given: JsonRecord): boolean {
  return asRecord(member(given, "promptFeedback"))?.["blockReason"] !== undefined;
}

function indexOf(given: JsonRecord, at: number): number {
  return Number(member(given, "index") ?? at);
}

const reply = also(chunk, (given) => {
  const candidates = recordsIn(given, "candidates");
  if (candidates.length === 0)
    return isBlocked(given) ? undefined : "neither candidates nor a block";
  return firstOf(candidates, (each, at) => {
    if (indexOf(each, at) !== at) return `candidate ${at} has the index ${indexOf(each, at)}`;
    return member(each, "finishReason") === undefined
      ? `candidate ${at} has no finishReason`
      : undefined;
  });
});

/** The SDK makes an error of it only with such a code. */
const failure = record({
  error: also(record({ code: count, message: text, status: filled }), ({ code }) =>
    Number(code) >= 400 && Number(code) < 600 ? undefined : "a code that is no HTTP error",
  ),
});

type State = { readonly finished: Map<number, boolean>; blocked: boolean };

function checkStream(): StreamCheck {
  const state: State = { finished: new Map(), blocked: false };
  let last: string | undefined = "no chunk was sent";
  const checked = checkBodies(({ event, body }) => {
    if (event !== undefined) return { fault: `an event named ${event}` };
    if (member(body, "error") !== undefined) return stepFor(failure(body, ""), OVER);
    const step: Step = stepFor(chunk(body, "") ?? takeChunk(body, state));
    last = missing(state);
    return step;
  });
  // This dialect has no terminal frame: the body ends when every candidate has.
  let over = false;
  return {
    push: (frame) => {
      const fault = checked.push(frame);
      over ||= fault !== undefined || isError(frame);
      return fault;
    },
    end: () => (over ? undefined : last),
  };
}

function isError(frame: Parameters<StreamCheck["push"]>[0]): boolean {
  const data = frame.kind === "sse" ? frame.data : frame.kind === "element" ? frame.text : "";
  return /^\s*\{\s*"error"/.test(data);
}

function missing({ finished, blocked }: State): string | undefined {
  if (blocked) return undefined;
  if (finished.size === 0) return "no candidate was sent";
  const open = [...finished].find(([, ended]) => !ended);
  return open === undefined ? undefined : `candidate ${open[0]} has no finishReason`;
}

function takeChunk(body: JsonRecord, state: State): string | undefined {
  state.blocked ||= isBlocked(body);
  return firstOf(recordsIn(body, "candidates"), (each, at) => {
    const index = indexOf(each, at);
    if (state.finished.get(index) === true) return `candidate ${index} goes on after its end`;
    state.finished.set(index, asString(member(each, "finishReason")) !== undefined);
    return undefined;
  });
}

/** Judges replies to clients of this protocol. */
export const check: Check = { reply: (body) => reply(body, ""), stream: checkStream };
