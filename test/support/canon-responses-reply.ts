// The canonical form of Responses replies.
import { ECHO } from "../../src/protocols/responses/echo.ts";
import type { Json, JsonRecord } from "../../src/lib/json.ts";
import { compact, elements, isRecord, omit, unless, withoutNulls, words } from "./canon.ts";
import { placed, sourceOf, within, type Placed } from "./provenance.ts";

/** When the tests say that a reply was made, where the upstream did not. */
const NOW = 1_800_000_000;

/** Brings a reply into its canonical form. */
export function reply(body: Json): Json {
  if (!isRecord(body)) return body;
  // The request is repeated for the client's comfort: it knows what it asked for. The SDK adds `output_text` and
  // `output_parsed`, which repeat the output.
  const given = omit(
    withoutNulls(body),
    ...ECHO,
    "id",
    "object",
    "completed_at",
    "output_text",
    "output_parsed",
  );
  return compact({
    // What a reply must name and some servers leave out.
    model: "model-asked-for",
    ...given,
    // A server without a clock says 0.
    created_at: Math.floor(Number(given["created_at"] ?? 0)) || NOW,
    // One proxy's spelling of `completed`, and the default.
    status: given["status"] === "complete" ? "completed" : (given["status"] ?? "completed"),
    output: outputOf(body).map(({ value }) => value),
    usage: usage(given["usage"]),
  });
}

/** Turns a pointer into the canonical reply back into one into the reply as it was. */
export function replyOrigin(body: Json): (path: string) => string {
  return sourceOf(isRecord(body) ? outputOf(body) : [], "output");
}

function outputOf(body: JsonRecord): readonly Placed[] {
  return joined(elements(body["output"]).flatMap((value, at) => item(value, `/output/${at}`)));
}

/** Ids and states are the server's, except where they are all that an item holds. */
function item(value: Json, path: string): readonly Placed[] {
  const one = (canonical: Json): readonly Placed[] => [placed(canonical, path)];
  if (!isRecord(value)) return one(value);
  const given = withoutNulls(value);
  const bare = omit(given, "id", "status");
  switch (words(given["type"])) {
    case "message":
      return message(bare, path);
    case "reasoning": {
      const kept = reasoning(bare);
      return kept === undefined ? [] : one(kept);
    }
    case "function_call":
      return one(
        compact({ ...bare, caller: caller(bare["caller"]), arguments: args(bare["arguments"]) }),
      );
    case "custom_tool_call":
      return one(bare);
    case "image_generation_call":
      return one(given["result"] === undefined ? given : { output_format: "png", ...bare });
    default:
      return one(given);
  }
}

/** The model itself calls unless the item says otherwise. */
function caller(value: Json | undefined): Json | undefined {
  return isRecord(value) && value["type"] === "direct" ? undefined : value;
}

function args(value: Json | undefined): Json | undefined {
  if (typeof value !== "string") return value;
  if (value.trim() === "") return "{}";
  try {
    return JSON.stringify(JSON.parse(value));
  } catch {
    return value;
  }
}

/**
 * Which of two members holds the text, and in how many paragraphs, is the vendor's matter: no client reads them differently.
 * Without text and token an item says no more than the usage does.
 */
function reasoning(given: JsonRecord): Json | undefined {
  const texts = [...elements(given["summary"]), ...elements(given["content"])].map((part) =>
    isRecord(part) ? words(part["text"]) : "",
  );
  const kept = compact({
    ...omit(given, "summary", "content"),
    text: unless(texts.join("\n\n"), ""),
    encrypted_content: unless(given["encrypted_content"], ""),
  });
  return Object.keys(kept).length === 1 ? undefined : kept;
}

/** A message of parts that say something. */
function message(given: JsonRecord, path: string): readonly Placed[] {
  const { content } = given;
  const list = typeof content === "string" ? [{ text: content }] : elements(content);
  const parts = list.flatMap((value, at) => part(value, `${path}/content/${at}`));
  if (parts.length === 0) return [];
  return [
    {
      value: { ...given, content: parts.map(({ value }) => value) },
      origins: [["", path], ...within(parts, "content")],
    },
  ];
}

/** Empty parts say nothing. */
function part(value: Json, path: string): readonly Placed[] {
  if (!isRecord(value)) return [placed(value, path)];
  const given = withoutNulls(value);
  const annotations = elements(given["annotations"]);
  const cited = annotations.map((entry, at) => placed(entry, `${path}/annotations/${at}`));
  if (given["text"] === "" && annotations.length === 0) return [];
  const canonical = compact({
    type: "output_text",
    ...given,
    annotations: unless(annotations),
    logprobs: unless(given["logprobs"]),
  });
  return [{ value: canonical, origins: [["", path], ...within(cited, "annotations")] }];
}

/**
 * Messages that follow each other say together what one message of all their parts says, and so do parts of text: clients
 * join them without a separator (`output_text`).
 */
function joined(items: readonly Placed[]): readonly Placed[] {
  const list: Placed[] = [];
  for (const next of items) {
    const last = list.at(-1);
    if (last !== undefined && isMessage(last.value) && isPlainMessage(next.value)) {
      list[list.length - 1] = withMessage(last, next);
    } else list.push(next);
  }
  return list.map(withOneText);
}

function withMessage(last: Placed, next: Placed): Placed {
  if (!isRecord(last.value) || !isRecord(next.value)) return last;
  const before = elements(last.value["content"]);
  const content = [...before, ...elements(next.value["content"])];
  const moved = next.origins.flatMap(([below, origin]): [string, string][] => {
    const found = /^\/content\/(\d+)(.*)$/.exec(below);
    return found === null
      ? []
      : [[`/content/${before.length + Number(found[1])}${found[2]}`, origin]];
  });
  return { value: { ...last.value, content }, origins: [...last.origins, ...moved] };
}

function isMessage(value: Json): value is JsonRecord {
  return isRecord(value) && value["type"] === "message";
}

function isPlainMessage(value: Json): value is JsonRecord {
  return isMessage(value) && value["phase"] === undefined;
}

/** Joins the parts of text that follow each other; the ranges of their annotations move along. */
function withOneText(given: Placed): Placed {
  if (!isMessage(given.value)) return given;
  const content: Json[] = [];
  const origins: [string, string][] = [];
  for (const [at, value] of elements(given.value["content"]).entries()) {
    const last = content.at(-1);
    const own = given.origins.flatMap(([below, origin]): [string, string][] => {
      const start = `/content/${at}`;
      const isOwn = below === start || below.startsWith(`${start}/`);
      return isOwn ? [[below.slice(start.length), origin]] : [];
    });
    const joins = isText(last) && isText(value);
    const known = joins ? elements(last["annotations"]).length : 0;
    if (joins) content[content.length - 1] = joinedText(last, value);
    else content.push(value);
    const place = `/content/${content.length - 1}`;
    for (const [below, origin] of own) {
      if (below === "" && joins) continue;
      const moved = below.replace(
        /^\/annotations\/(\d+)/,
        (_, index) => `/annotations/${known + Number(index)}`,
      );
      origins.push([`${place}${moved}`, origin]);
    }
  }
  const [whole] = given.origins;
  return {
    value: { ...given.value, content: content.map(withRanges) },
    origins: [...(whole === undefined ? [] : [whole]), ...origins],
  };
}

function isText(value: Json | undefined): value is JsonRecord & { readonly text: string } {
  return isRecord(value) && value["type"] === "output_text" && typeof value["text"] === "string";
}

function joinedText(
  last: JsonRecord & { text: string },
  next: JsonRecord & { text: string },
): Json {
  const offset = Array.from(last.text).length;
  const moved = elements(next["annotations"]).map((value) => withOffset(value, offset, next.text));
  return compact({
    ...next,
    ...last,
    text: last.text + next.text,
    annotations: unless([
      ...elements(last["annotations"]).map((value) => withOffset(value, 0, last.text)),
      ...moved,
    ]),
    logprobs: unless([...elements(last["logprobs"]), ...elements(next["logprobs"])]),
  });
}

/** A citation without a range, or with an empty one, is of the whole part. */
function withOffset(value: Json, offset: number, text: string): Json {
  if (!isRecord(value) || value["type"] !== "url_citation") return value;
  const { start_index: start = 0, end_index: end = 0 } = value;
  const isWhole = start === end;
  return {
    ...value,
    start_index: offset + (isWhole ? 0 : Number(start)),
    end_index: offset + (isWhole ? Array.from(text).length : Number(end)),
  };
}

/** Of the whole text is the same as without a range; an empty title is none. */
function withRanges(value: Json): Json {
  if (!isText(value)) return value;
  const length = Array.from(value.text).length;
  const annotations = elements(value["annotations"]).map((annotation) => {
    if (!isRecord(annotation) || annotation["type"] !== "url_citation") return annotation;
    const { start_index: start = 0, end_index: end = 0, ...rest } = annotation;
    const isWhole = start === end || (start === 0 && end === length);
    return compact({ ...(isWhole ? rest : annotation), title: unless(annotation["title"], "") });
  });
  return compact({ ...value, annotations: unless(annotations) });
}

/** The sums are left out; a count that is zero and one that is not reported are the same to every reader of usage. */
function usage(value: Json | undefined): Json | undefined {
  if (!isRecord(value)) return value;
  const rest = withoutZeros(omit(value, "total_tokens"));
  return Object.keys(rest).length === 0 ? undefined : rest;
}

function withoutZeros(record: JsonRecord): JsonRecord {
  return compact(
    Object.fromEntries(
      Object.entries(record).flatMap(([key, value]): [string, Json][] => {
        if (value === null || value === 0) return [];
        if (!isRecord(value)) return [[key, value]];
        const inner = withoutZeros(value);
        return Object.keys(inner).length === 0 ? [] : [[key, inner]];
      }),
    ),
  );
}
