// Going on after `pause_turn`: the assistant's turn is appended to the request as it came, and the same is asked again
// (Anthropic's guide to server tools, "The server-side loop and pause_turn"; translation.md E141).
import {
  asArray,
  asNumber,
  asRecord,
  asString,
  parseJson,
  raw,
  spelt,
  type JsonDocument,
  type Printable,
} from "../../lib/json.ts";
import type { Reply } from "../../ir/reply.ts";
import type { Client } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { encodeBlock } from "./reply-encode-blocks.ts";

/** The body that goes on; `undefined`: nothing of the turn came, or the limit of the output leaves no room for more. */
export function resume(sent: JsonDocument, reply: Reply): Printable | undefined {
  const root = asRecord(sent.root);
  const content = contentOf(reply);
  const left = (asNumber(root?.["max_tokens"]) ?? 0) - (reply.usage?.output ?? 0);
  const budget = asNumber(asRecord(root?.["thinking"])?.["budget_tokens"]) ?? 0;
  if (root === undefined || content.length === 0 || left <= budget) return undefined;
  const earlier = (asArray(root["messages"]) ?? []).map((turn) => raw(sent.textOf(turn)));
  return {
    ...Object.fromEntries(spelt(sent, root)),
    max_tokens: left,
    messages: [...earlier, { role: "assistant", content }],
    ...containerOf(reply),
  };
}

/** The blocks as they came: what the vendor wrote returns to it unchanged. */
function contentOf({ candidates: [turn] }: Reply): readonly Printable[] {
  return turn?.blocks.flatMap((block) => encodeBlock(block, VENDOR_ITSELF)) ?? [];
}

/** Its own tokens need no envelope. */
const VENDOR_ITSELF: Client = {
  callId: "",
  model: "",
  now: 0,
  streamUsage: false,
  framing: "sse",
  seal: ({ data }) => data,
};

/** Code that the server ran goes on where its files are. */
function containerOf({ ext }: Reply): { readonly container?: string } {
  const found = ext.findLast(({ dialect, path }) => dialect === DIALECT && path === "/container");
  const document = found === undefined ? undefined : parseJson(found.text);
  const id = document?.ok === true ? asString(asRecord(document.value.root)?.["id"]) : undefined;
  return id === undefined ? {} : { container: id };
}
