// References to kept conversations become the items that they stand for, and complete exchanges are kept
// (translation.md B03, E320 to E322). `instructions` of an earlier call are not taken over, as the vendor documents.
import {
  asArray,
  asRecord,
  asString,
  printJson,
  raw,
  jsonText,
  spelt,
  type Json,
  type JsonDocument,
  type JsonRecord,
  type Printable,
} from "../../lib/json.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { Failure } from "../../ir/failure.ts";
import type { Resolution, ResolveContext, StateView } from "../state.ts";
import {
  idsOf,
  itemRecords,
  itemsOf,
  readItems,
  readRecord,
  readResponse,
  referenceOf,
  sent,
  withIds,
  withMember,
  type Item,
  type KeptItem,
  type Sent,
} from "./state-items.ts";

/** What a request refers to. */
type References = {
  readonly previous?: string;
  readonly conversation?: string;
  readonly items: readonly string[];
};

function isReferring({ previous, conversation, items }: References): boolean {
  return previous !== undefined || conversation !== undefined || items.length > 0;
}

function referencesOf(root: JsonRecord): References {
  const previous = asString(root["previous_response_id"]);
  const given = root["conversation"];
  const conversation = asString(given) ?? asString(asRecord(given)?.["id"]);
  const items = (asArray(root["input"]) ?? []).flatMap((item) => referenceOf(item) ?? []);
  return {
    ...(previous === undefined ? {} : { previous }),
    ...(conversation === undefined ? {} : { conversation }),
    items,
  };
}

/** See `State.resolve`. */
export function resolve(
  document: JsonDocument,
  context: ResolveContext,
): Result<Resolution, Failure> {
  const root = asRecord(document.root);
  if (root === undefined) return ok({});
  const references = referencesOf(root);
  if (references.previous !== undefined && references.conversation !== undefined) {
    return err(CONTRADICTION);
  }
  const history = historyOf(context.view, references);
  if (!history.ok) return ok({ missing: history.error });
  const fresh = freshItems(document, root["input"], context.view);
  if (!fresh.ok) return ok({ missing: fresh.error });
  const exchange: Exchange = { root, references, history: history.value, fresh: fresh.value };
  const keeps = context.chat && root["store"] !== false;
  return ok({
    ...(isReferring(references) ? { whole: wholeBodies(document, exchange, context) } : {}),
    ...(keeps ? { keep: (reply) => keep(exchange, reply, context) } : {}),
  });
}

const CONTRADICTION: Failure = {
  class: "invalid",
  message:
    "Mutually exclusive parameters: only one of 'previous_response_id' and 'conversation' may be given.",
  param: "previous_response_id",
  code: "mutually_exclusive_parameters",
};

/** A request, taken apart. */
type Exchange = {
  readonly root: JsonRecord;
  readonly references: References;
  /** What was said before, as far as the request does not hold it itself. */
  readonly history: readonly KeptItem[];
  /** What it adds; items that it only names are there as they were kept. */
  readonly fresh: readonly Fresh[];
};

type Fresh = { readonly item: Item; readonly named: boolean };

function historyOf(
  view: StateView,
  { previous, conversation }: References,
): Result<readonly KeptItem[], Failure> {
  if (previous !== undefined) {
    const kept = readResponse(view, previous);
    if (kept !== undefined) return ok([...kept.input, ...kept.output]);
    const message = `Previous response with id '${previous}' not found.`;
    return missing(message, "previous_response_id", "previous_response_not_found");
  }
  if (conversation === undefined) return ok([]);
  const record = readRecord(view.get("conversation", conversation));
  const items = record === undefined ? undefined : readItems(view, record.root["items"]);
  if (items !== undefined) return ok(items);
  const message = `Conversation with id '${conversation}' not found.`;
  return missing(message, "conversation", "conversation_not_found");
}

function freshItems(
  document: JsonDocument,
  input: Json | undefined,
  view: StateView,
): Result<readonly Fresh[], Failure> {
  const given = asArray(input);
  const fresh: Fresh[] = [];
  for (const [index, item] of itemsOf(document, input).entries()) {
    const id = given === undefined ? undefined : referenceOf(given[index] ?? null);
    const text = id === undefined ? undefined : view.get("item", id);
    if (id === undefined) fresh.push({ item, named: false });
    else if (text !== undefined) fresh.push({ item: { id, text }, named: true });
    else return missing(`Item with id '${id}' not found.`, "input", "item_not_found");
  }
  return ok(fresh);
}

function missing(message: string, param: string, code: string): Result<never, Failure> {
  return err({ class: "invalid", message, param, code });
}

/** Members that are answered for here. */
const RESOLVED: ReadonlySet<string> = new Set(["previous_response_id", "conversation", "input"]);
const ENCRYPTED = "reasoning.encrypted_content";

function wholeBodies(
  document: JsonDocument,
  { root, history, fresh }: Exchange,
  context: ResolveContext,
): NonNullable<Resolution["whole"]> {
  const kept = history.map((item) => sent(item));
  const added = fresh.map(({ item, named }): Sent => {
    if (named && item.id !== undefined) return sent({ id: item.id, text: item.text });
    const text = jsonText(item.text);
    return { members: text === undefined ? null : raw(text), type: "", token: undefined };
  });
  const all = [...kept, ...added];
  const rest = Object.fromEntries(spelt(document, root).filter(([name]) => !RESOLVED.has(name)));
  const membersOf = (items: readonly Sent[]): readonly Printable[] =>
    items.map(({ members }) => members);
  const replayable = all.filter((item) => mayBePassed(item, context));
  // What runs in the background has to be kept by whom it runs at.
  const keeps = root["background"] === true ? {} : { store: false };
  const own = context.chat ? { ...keeps, ...includeOf(document, root, replayable) } : {};
  return {
    decoded: { ...rest, input: membersOf(all) },
    passed: { ...rest, ...own, input: membersOf(replayable) },
  };
}

/** Reasoning without proof is refused by the vendor once it does not keep it itself, and so is an envelope of ours. */
function mayBePassed({ type, token }: Sent, { isSealed }: ResolveContext): boolean {
  return type !== "reasoning" || (token !== undefined && !isSealed(token));
}

/** Reasoning has to come with its proof, or the next turn could not return it. Models without it refuse to be asked. */
function includeOf(
  document: JsonDocument,
  root: JsonRecord,
  items: readonly Sent[],
): { readonly include?: readonly Printable[] } {
  const reasons = asRecord(root["reasoning"]) !== undefined;
  if (!reasons && !items.some(({ type }) => type === "reasoning")) return {};
  const given = asArray(root["include"]) ?? [];
  if (given.includes(ENCRYPTED)) return {};
  return { include: [...given.map((entry) => raw(document.textOf(entry))), ENCRYPTED] };
}

function keep(exchange: Exchange, reply: JsonDocument, { view, newId }: ResolveContext): void {
  const { history, fresh, references } = exchange;
  const root = asRecord(reply.root);
  const id = asString(root?.["id"]);
  if (root === undefined || id === undefined || !isComplete(root)) return;
  const input = withIds(
    fresh.map(({ item }) => item),
    view,
    newId,
  );
  const output = withIds(itemsOf(reply, root["output"]), view, newId);
  const told = { ...toldOf(references), store: true };
  const record = {
    response: { ...Object.fromEntries(spelt(reply, root)), ...told },
    input: idsOf([...history, ...input]),
    output: idsOf(output),
  };
  view.put([
    ...itemRecords([...history, ...input, ...output]),
    { kind: "response", id, text: printJson(record) },
    ...conversationRecords(view, references.conversation, [...input, ...output]),
  ]);
}

/** One that goes on in the background is still the vendor's to tell of. */
function isComplete(reply: JsonRecord): boolean {
  const status = asString(reply["status"]);
  return status !== "queued" && status !== "in_progress";
}

/** What an upstream that got the whole history could not know. */
function toldOf({ previous, conversation }: References): Readonly<Record<string, Printable>> {
  return {
    previous_response_id: previous ?? null,
    ...(conversation === undefined ? {} : { conversation: { id: conversation } }),
  };
}

function conversationRecords(
  view: StateView,
  id: string | undefined,
  added: readonly KeptItem[],
): Parameters<StateView["put"]>[0] {
  // Read anew: another reply may have been added meanwhile, and a conversation may be gone.
  const text = id === undefined ? undefined : view.get("conversation", id);
  const record = readRecord(text);
  if (id === undefined || text === undefined || record === undefined) return [];
  const items = [...(asArray(record.root["items"]) ?? []), ...idsOf(added)];
  return [{ kind: "conversation", id, text: withMember(text, "items", items.map(String)) }];
}
