// What the tests have to know about a dialect beside its codec. One file for each protocol fills it.
import type { StopClass } from "../../src/ir/reply.ts";
import type { LossId } from "../../src/ir/loss.ts";
import type { ModelCapabilities } from "../../src/protocols/protocol.ts";
import type { Json } from "../../src/lib/json.ts";
import type { Canon } from "./canon.ts";
import type { Judge } from "./sdk.ts";

/** Builds the next request of a conversation from a reply, as agents of the dialect do. */
export type Echo = (reply: Json) => Json;

/** The dialect's side of the laws. */
export type Dialect = {
  readonly canon: Canon;
  readonly judge: Judge;
  readonly echo: Echo;
  /** Vendor of the dialect's own reasoning tokens; absent: it is called as the dialect is. */
  readonly vendor?: string;
  /** Class of the errors that the SDK throws. */
  readonly sdkError: abstract new (...args: never[]) => Error;
  /** The words for each class of stop that the dialect may use. */
  readonly stops: Readonly<Record<StopClass, readonly string[]>>;
  /** The word with which a buffered reply says why it ended. */
  readonly stopWord: (reply: Json) => Json | undefined;
  /** The kinds of content that requests may hold. */
  readonly contentTypes: readonly string[];
  /** The kinds of content that a request does hold. */
  readonly contentTypesIn: (request: Json) => readonly string[];
  /** The assistant's turns of a canonical request, without what belongs to no turn. */
  readonly assistantTurns: (request: Json) => readonly Json[];
  /** Where in documents of the dialect the loss of a feature may show, if not at its own place; each with the reason. */
  readonly traces?: Partial<Record<LossId, RegExp>>;
  /** Features whose loss its canonical form cannot show, since it knows several spellings; each with the reason. */
  readonly unseen?: readonly LossId[];
  /** What the model that a request was written for must take of it, beside what all models of the tests do. */
  readonly capabilities?: (request: Json) => ModelCapabilities;
  /** Finds the index of the message that a pointer leads into. */
  readonly messageIndex: RegExp;
};
