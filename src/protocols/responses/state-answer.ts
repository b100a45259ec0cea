// Requests about kept replies: retrieve, stream again, delete, cancel, list the input (the vendor's API reference,
// "Responses"). Those about conversations have a file of their own.
import { asRecord, spelt } from "../../lib/json.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { Failure } from "../../ir/failure.ts";
import type { StateAnswer, StateAsk, StateView } from "../state.ts";
import { answerConversation } from "./state-conversations.ts";
import { readResponse } from "./state-items.ts";
import { page } from "./state-lists.ts";
import { restream } from "./state-stream.ts";

/** Whatever stands before `v1`, a mount or the name of a target, is another's matter. Two paths of this form are operations. */
const RESPONSE =
  /(?:^|\/)v1\/responses\/(?!(?:compact|input_tokens)$)([^/]+)(?:\/(cancel|input_items))?$/;
const CONVERSATION = /(?:^|\/)v1\/conversations(?:\/([^/]+)(?:\/items(?:\/([^/]+))?)?)?$/;

/** Whether a path is about what is kept. */
export function owns(path: string): boolean {
  return RESPONSE.test(path) || CONVERSATION.test(path);
}

/** See `State.answer`. */
export function answer(ask: StateAsk, view: StateView): Result<StateAnswer, Failure> {
  const response = RESPONSE.exec(ask.path);
  if (response !== null) return answerResponse(ask, response[1] ?? "", response[2], view);
  const [path, id, item] = CONVERSATION.exec(ask.path) ?? [];
  const isList = path !== undefined && /\/items(?:\/|$)/.test(path);
  return answerConversation(ask, { id, item, isList }, view);
}

function answerResponse(
  ask: StateAsk,
  id: string,
  part: string | undefined,
  view: StateView,
): Result<StateAnswer, Failure> {
  const { method, query } = ask;
  const wanted = part === "cancel" ? "POST" : part === undefined ? "GET or DELETE" : "GET";
  if (!wanted.split(" or ").includes(method)) return err(wrongMethod(ask, wanted));
  const kept = readResponse(view, id);
  if (kept === undefined) {
    return err({ class: "not-found", message: `Response with id '${id}' not found.` });
  }
  if (part === "input_items") return listAnswer(page(kept.input, query));
  if (part === "cancel") {
    const message = "Only responses created with 'background: true' can be cancelled.";
    return err({ class: "invalid", message });
  }
  if (method === "DELETE") {
    view.remove("response", id);
    return ok({ kind: "document", body: { id, object: "response", deleted: true } });
  }
  if (query.get("stream") === "true") {
    const after = Number(query.get("starting_after") ?? -1);
    return ok({ kind: "stream", frames: restream(kept.document, after) });
  }
  const root = asRecord(kept.document.root) ?? {};
  return ok({ kind: "document", body: Object.fromEntries(spelt(kept.document, root)) });
}

function listAnswer(list: ReturnType<typeof page>): Result<StateAnswer, Failure> {
  return list.ok ? ok({ kind: "document", body: list.value }) : list;
}

function wrongMethod({ method, path }: StateAsk, wanted: string): Failure {
  return { class: "method-not-allowed", message: `${path} takes ${wanted}, not ${method}` };
}
