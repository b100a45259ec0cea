// Items of Responses conversations as they are kept: texts as they were spelt, each with an id by which it is found.
import {
  asArray,
  asRecord,
  asString,
  parseJson,
  printJson,
  spelt,
  type Json,
  type JsonDocument,
  type JsonRecord,
  type JsonText,
  type Printable,
} from "../../lib/json.ts";
import type { StateRecord, StateView } from "../state.ts";

/** An item; `id` is absent until it is kept, where its source gave none. */
export type Item = { readonly id?: string; readonly text: string };

/** An item that is or will be kept. */
export type KeptItem = { readonly id: string; readonly text: string };

/** A reply that is kept: the document, and its items in order. */
export type KeptResponse = {
  readonly document: JsonDocument;
  readonly input: readonly KeptItem[];
  readonly output: readonly KeptItem[];
};

/** Ids that the gateway made up begin with this. */
const MINTED = "itm_";

/** Items that make sense without the id that the vendor gave them; it would look for that id among its own. */
const NEEDS_NO_ID: ReadonlySet<string> = new Set([
  "message",
  "reasoning",
  "function_call",
  "custom_tool_call",
]);

/** The items of `input` or `output`: a text is the user's message. */
export function itemsOf(document: JsonDocument, value: Json | undefined): readonly Item[] {
  const text = asString(value);
  if (text !== undefined) {
    return [{ text: printJson({ type: "message", role: "user", content: text }) }];
  }
  return (asArray(value) ?? []).map((item) => {
    const id = asString(asRecord(item)?.["id"]);
    return { ...(id === undefined ? {} : { id }), text: document.textOf(item) };
  });
}

/** Id of the item that a reference means; `undefined`: the item is no reference. The type may be left out. */
export function referenceOf(item: Json): string | undefined {
  const record = asRecord(item);
  const type = record?.["type"] ?? null;
  if (record === undefined || (type !== "item_reference" && type !== null)) return undefined;
  if (type === null && Object.keys(record).some((key) => key !== "id" && key !== "type")) {
    return undefined;
  }
  return asString(record["id"]);
}

/** Reads items by their ids; `undefined` when one is gone: a history with gaps is none. */
export function readItems(view: StateView, ids: Json | undefined): readonly KeptItem[] | undefined {
  const items: KeptItem[] = [];
  for (const entry of asArray(ids) ?? []) {
    const id = asString(entry) ?? "";
    const text = view.get("item", id);
    if (text === undefined) return undefined;
    items.push({ id, text });
  }
  return items;
}

/** Reads a reply with its items; `undefined`: not kept, or not whole any more. */
export function readResponse(view: StateView, id: string): KeptResponse | undefined {
  const record = readRecord(view.get("response", id));
  if (record === undefined) return undefined;
  const input = readItems(view, record.root["input"]);
  const output = readItems(view, record.root["output"]);
  const response = record.root["response"];
  const document = response === undefined ? undefined : parsed(record.document.textOf(response));
  if (input === undefined || output === undefined || document === undefined) return undefined;
  return { document, input, output };
}

/** Reads the text of a record as an object. */
export function readRecord(
  text: string | undefined,
): { readonly root: JsonRecord; readonly document: JsonDocument } | undefined {
  const document = text === undefined ? undefined : parsed(text);
  const root = asRecord(document?.root);
  return document === undefined || root === undefined ? undefined : { root, document };
}

/** Gives every item an id. An id that is taken by another text is not taken over: it would change what was said before. */
export function withIds(
  items: readonly Item[],
  view: StateView,
  newId: () => string,
): readonly KeptItem[] {
  return items.map(({ id, text }) => {
    const known = id === undefined ? undefined : view.get("item", id);
    if (id !== undefined && (known === undefined || known === text)) return { id, text };
    const fresh = MINTED + newId().replaceAll("-", "");
    return { id: fresh, text: withMember(text, "id", fresh) };
  });
}

/** The records of items. */
export function itemRecords(items: readonly KeptItem[]): readonly StateRecord[] {
  return items.map(({ id, text }) => ({ kind: "item", id, text }));
}

/** Ids in order. */
export function idsOf(items: readonly KeptItem[]): readonly string[] {
  return items.map(({ id }) => id);
}

/** An item as it is sent: without an id that the receiver could not find, which need not be one of its own. */
export function sent({ id, text }: KeptItem): Sent {
  const read = readRecord(text);
  if (read === undefined) return { members: {}, type: "", token: undefined };
  const { root, document } = read;
  const type = asString(root["type"]) ?? "message";
  const drops = NEEDS_NO_ID.has(type) || id.startsWith(MINTED);
  const members = spelt(document, root).filter(([name]) => name !== "id" || !drops);
  return {
    members: Object.fromEntries(members),
    type,
    token: asString(root["encrypted_content"]),
  };
}

/** An item that is ready to be sent. */
export type Sent = {
  readonly members: Printable;
  readonly type: string;
  /** What proves its reasoning, if anything. */
  readonly token: string | undefined;
};

/** An item as lists show it: short forms of messages are written out. */
export function listed({ id, text }: KeptItem): Printable {
  const read = readRecord(text);
  if (read === undefined) return { id };
  const { root, document } = read;
  const members: Record<string, Printable> = Object.fromEntries(spelt(document, root));
  const role = asString(root["role"]);
  if (role === undefined) return members;
  const content = asString(root["content"]);
  const part = { type: role === "assistant" ? "output_text" : "input_text", text: content };
  return {
    id,
    type: "message",
    status: "completed",
    ...members,
    ...(content === undefined ? {} : { content: [part] }),
  };
}

/** The text of an object with one member set, all others as they were spelt. */
export function withMember(text: string, name: string, value: Printable): string {
  const read = readRecord(text);
  if (read === undefined) return text;
  return printJson({ ...Object.fromEntries(spelt(read.document, read.root)), [name]: value });
}

function parsed(text: JsonText | string): JsonDocument | undefined {
  const document = parseJson(text);
  return document.ok ? document.value : undefined;
}
