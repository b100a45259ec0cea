// Requests about conversations (the vendor's API reference, "Conversations"): create, retrieve, update, delete, and their
// items.
import {
  asArray,
  asRecord,
  printJson,
  raw,
  type JsonDocument,
  type Printable,
} from "../../lib/json.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { Failure } from "../../ir/failure.ts";
import type { StateAnswer, StateAsk, StateView } from "../state.ts";
import {
  idsOf,
  itemRecords,
  itemsOf,
  listed,
  readItems,
  readRecord,
  withIds,
  withMember,
  type KeptItem,
} from "./state-items.ts";
import { listOf, page } from "./state-lists.ts";

/** What of a conversation is asked for. */
export type ConversationPlace = {
  /** Its id; absent: the collection. */
  readonly id: string | undefined;
  /** Id of one item. */
  readonly item: string | undefined;
  /** Whether items are meant. */
  readonly isList: boolean;
};

/** A conversation that is kept. */
type Kept = {
  readonly id: string;
  readonly text: string;
  readonly created: number;
  readonly metadata: Printable;
  readonly items: readonly KeptItem[];
};

type Answer = Result<StateAnswer, Failure>;

/** Most items that one request may add, as the vendor documents. */
const MAX_ADDED = 20;

/** Answers a request about a conversation. */
export function answerConversation(
  ask: StateAsk,
  place: ConversationPlace,
  view: StateView,
): Answer {
  const { id, item, isList } = place;
  if (id === undefined) {
    return ask.method === "POST" ? create(ask, view) : err(wrongMethod(ask, "POST"));
  }
  const kept = read(view, id);
  if (kept === undefined) {
    return err({ class: "not-found", message: `Conversation with id '${id}' not found.` });
  }
  if (item !== undefined) return answerItem(ask, kept, item, view);
  return isList ? answerItems(ask, kept, view) : answerWhole(ask, kept, view);
}

function create(ask: StateAsk, view: StateView): Answer {
  const given = givenItems(ask, view);
  if (!given.ok) return given;
  const id = `conv_${ask.newId().replaceAll("-", "")}`;
  const metadata = metadataOf(ask.document) ?? {};
  const record = { created_at: ask.now, metadata, items: idsOf(given.value) };
  view.put([...itemRecords(given.value), { kind: "conversation", id, text: printJson(record) }]);
  return ok({ kind: "document", body: shown(id, ask.now, metadata) });
}

function answerWhole(ask: StateAsk, kept: Kept, view: StateView): Answer {
  const { id, created } = kept;
  switch (ask.method) {
    case "GET":
      return ok({ kind: "document", body: shown(id, created, kept.metadata) });
    case "POST": {
      const metadata = metadataOf(ask.document) ?? {};
      const text = withMember(kept.text, "metadata", metadata);
      view.put([{ kind: "conversation", id, text }]);
      return ok({ kind: "document", body: shown(id, created, metadata) });
    }
    case "DELETE":
      view.remove("conversation", id);
      return ok({
        kind: "document",
        body: { id, object: "conversation.deleted", deleted: true },
      });
    default:
      return err(wrongMethod(ask, "GET, POST or DELETE"));
  }
}

function answerItems(ask: StateAsk, kept: Kept, view: StateView): Answer {
  if (ask.method === "GET") {
    const list = page(kept.items, ask.query);
    return list.ok ? ok({ kind: "document", body: list.value }) : list;
  }
  if (ask.method !== "POST") return err(wrongMethod(ask, "GET or POST"));
  const given = givenItems(ask, view);
  if (!given.ok) return given;
  replaceItems(kept, [...kept.items, ...given.value], view);
  return ok({ kind: "document", body: listOf(given.value) });
}

function answerItem(ask: StateAsk, kept: Kept, id: string, view: StateView): Answer {
  const item = kept.items.find((candidate) => candidate.id === id);
  if (item === undefined) {
    return err({ class: "not-found", message: `Item with id '${id}' not found.` });
  }
  if (ask.method === "GET") return ok({ kind: "document", body: listed(item) });
  if (ask.method !== "DELETE") return err(wrongMethod(ask, "GET or DELETE"));
  const rest = kept.items.filter((candidate) => candidate !== item);
  replaceItems(kept, rest, view);
  return ok({ kind: "document", body: shown(kept.id, kept.created, kept.metadata) });
}

function replaceItems(kept: Kept, items: readonly KeptItem[], view: StateView): void {
  const text = withMember(kept.text, "items", idsOf(items));
  view.put([...itemRecords(items), { kind: "conversation", id: kept.id, text }]);
}

function givenItems(
  { document, newId }: StateAsk,
  view: StateView,
): Result<readonly KeptItem[], Failure> {
  if (document === undefined) return ok([]);
  const given = asRecord(document.root)?.["items"] ?? [];
  const list = asArray(given);
  if (list === undefined || list.length > MAX_ADDED || list.some((item) => !asRecord(item))) {
    const message = `Invalid value for 'items': expected a list of at most ${MAX_ADDED} items.`;
    return err({ class: "invalid", message, param: "items" });
  }
  return ok(withIds(itemsOf(document, given), view, newId));
}

function metadataOf(document: JsonDocument | undefined): Printable {
  const metadata = asRecord(asRecord(document?.root)?.["metadata"]);
  return document === undefined || metadata === undefined
    ? undefined
    : raw(document.textOf(metadata));
}

function read(view: StateView, id: string): Kept | undefined {
  const text = view.get("conversation", id);
  const record = readRecord(text);
  if (text === undefined || record === undefined) return undefined;
  const { root, document } = record;
  const items = readItems(view, root["items"]);
  const metadata = raw(document.textOf(root["metadata"] ?? {}));
  const created = Number(root["created_at"] ?? 0);
  return items === undefined ? undefined : { id, text, created, metadata, items };
}

function shown(id: string, created: number, metadata: Printable): Printable {
  return { id, object: "conversation", created_at: created, metadata };
}

function wrongMethod({ method, path }: StateAsk, wanted: string): Failure {
  return { class: "method-not-allowed", message: `${path} takes ${wanted}, not ${method}` };
}
