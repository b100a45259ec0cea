// The neutral request: an ordered list of turns of typed blocks (translation.md 0.2). Immutable after decode, so that
// every attempt encodes the same value afresh for its own target.
import type { JsonText } from "../lib/json.ts";
import type { Block, CachePoint } from "./block.ts";
import type { LossId, Use } from "./loss.ts";

/** The name of a protocol as the registry lists it. The neutral model never tests it for a particular value. */
export type Dialect = string;

/** A field that the neutral model does not hold, kept verbatim so that it returns when encoding to its own dialect. */
export type Residue = {
  /** Who wrote it. */
  readonly dialect: Dialect;
  /** JSON pointer in the author's document; the last segment is the member's name. */
  readonly path: string;
  /** The value as it was spelt. */
  readonly text: JsonText;
  /** The feature whose loss it is when another dialect has no place for it. */
  readonly id: LossId;
};

/** Who speaks in a turn. Tool results are blocks of a user turn. */
export type Role = "system" | "developer" | "user" | "assistant";

/** One message of the source; encoders merge neighbours where their target demands it (translation.md B.1 R05). */
export type Turn = {
  readonly role: Role;
  /** `top`: instructions ahead of the conversation; `inline`: at this position among the other turns (R01, R03). */
  readonly place: "top" | "inline";
  readonly blocks: readonly Block[];
  /** Speaker name (R04). */
  readonly name?: string;
  /** JSON pointer of the message in the source. */
  readonly path: string;
  /** Whether the turn goes on with the one before it: some dialects have one item for each block of a turn. */
  readonly joined?: boolean;
  readonly ext?: readonly Residue[];
};

/** A tool offered to the model. */
export type ToolDef =
  | {
      readonly kind: "function";
      readonly name: string;
      readonly description?: string;
      /** JSON Schema of the parameters, verbatim; absent if the source gave none (R20). */
      readonly schema?: JsonText;
      /** Absent when the source did not say (R21). */
      readonly strict?: boolean;
      /** Example inputs, each a JSON document (R22). */
      readonly examples?: readonly JsonText[];
      /** JSON Schema of the result (R23). */
      readonly outputSchema?: JsonText;
      /** Cache breakpoint after this tool (R63d). */
      readonly cache?: CachePoint;
      readonly path: string;
      readonly ext?: readonly Residue[];
    }
  | {
      /** Takes free text instead of JSON (R24). */
      readonly kind: "custom";
      readonly name: string;
      readonly description?: string;
      /** The vendor's grammar object, verbatim. */
      readonly format?: JsonText;
      readonly cache?: CachePoint;
      readonly path: string;
      readonly ext?: readonly Residue[];
    }
  | {
      /** A tool the vendor runs, or whose schema only the vendor knows (R25 to R29, R33). */
      readonly kind: "hosted";
      readonly dialect: Dialect;
      /** What it does, where another vendor has the same (R25 to R28); `other` has no counterpart. */
      readonly service:
        "web-search" | "code-execution" | "url-fetch" | "mcp" | "client-tool" | "other";
      /** Name under which the model calls it, where the vendor gives it one. */
      readonly name?: string;
      /** The definition as the source spelt it. */
      readonly text: JsonText;
      readonly id: LossId;
      readonly path: string;
    };

/** Where a tool stands that its caller keeps in a group of tools (R33). */
export type ToolGroup = {
  /** Name of the group. */
  readonly group: string;
  /** Name of the tool within the group. */
  readonly name: string;
  readonly description?: string;
};

/** Which tools the model may or must use (R30, R31). */
export type ToolChoice =
  | { readonly kind: "auto" | "none" | "any" }
  | { readonly kind: "named"; readonly name: string; readonly custom?: boolean }
  | { readonly kind: "allowed"; readonly mode: "auto" | "any"; readonly names: readonly string[] };

/** Sampling parameters as the source gave them; ranges are the target's matter (translation.md B.10). */
export type Sampling = {
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  /** Source spelling, because vendors take 64-bit integers that a double cannot hold (R50). */
  readonly seed?: JsonText;
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
  /** Token id to bias map, verbatim (R52). */
  readonly logitBias?: JsonText;
};

/** The seven effort words, weakest first (translation.md B.6). */
export type Effort = "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max";

/** What the caller asked about reasoning (R57 to R59); absent fields were absent. */
export type Reasoning = {
  readonly mode: "off" | "auto" | "on";
  readonly effort?: Effort;
  /** Token budget (R58). */
  readonly budget?: number;
  /** Whether reasoning is shown (R59): `hidden` (proof only), `summary`, `full`. */
  readonly display?: "hidden" | "summary" | "full";
};

/** The shape the answer must have (R42 to R44). */
export type OutputFormat =
  | { readonly kind: "json" }
  | {
      readonly kind: "schema";
      readonly schema: JsonText;
      readonly name?: string;
      readonly description?: string;
      readonly strict?: boolean;
    };

/** Limits and form of the answer. */
export type OutputSpec = {
  /** Most tokens to generate, reasoning included (R54). */
  readonly maxTokens?: number;
  readonly format?: OutputFormat;
  /** Stop sequences in source order (R53). */
  readonly stop?: readonly string[];
  /** Number of candidates (R55). */
  readonly candidates?: number;
  /** Log probabilities wanted, and how many alternatives a token (R56). */
  readonly logprobs?: { readonly top?: number };
  /** Output modalities other than text (R18, R19). */
  readonly modalities?: readonly string[];
  /** Length preference (R46). */
  readonly verbosity?: "low" | "medium" | "high";
};

/** Prompt caching as asked for the request as a whole (R64, R65). */
export type CacheSpec = {
  readonly key?: string;
  /** Automatic breakpoint on the last cacheable block, with its lifetime. */
  readonly automatic?: CachePoint;
  /** Lifetime asked for all points (R63t). */
  readonly ttl?: "5m" | "30m" | "1h";
};

/** Who is behind the call. */
export type Identity = {
  /** Stable end-user id (R69). */
  readonly user?: string;
  /** Map of strings for the vendor's dashboard (R68), verbatim. */
  readonly metadata?: JsonText;
};

/** Service tier (R70): the class that other dialects share, and the word that was used. */
export type Tier = {
  readonly class: "auto" | "default" | "flex" | "priority" | "other";
  readonly raw: string;
};

/** A chat request, neutral between the protocols. */
export type Req = {
  /** Model as the client named it. */
  readonly model: string;
  readonly stream: boolean;
  /** Whether the client wants usage in the stream, where its dialect lets it choose. */
  readonly streamUsage?: boolean;
  readonly turns: readonly Turn[];
  readonly tools: readonly ToolDef[];
  readonly toolChoice?: ToolChoice;
  /** `false`: at most one call a turn (R32). */
  readonly parallelCalls?: boolean;
  readonly sampling: Sampling;
  readonly reasoning?: Reasoning;
  readonly output: OutputSpec;
  readonly cache: CacheSpec;
  readonly identity: Identity;
  readonly tier?: Tier;
  /** Whether the vendor may keep the exchange (R71). */
  readonly store?: boolean;
  /** Whether the caller declared its tools in the older form of its dialect and expects calls in that form (E106). */
  readonly legacyCalls?: boolean;
  /** Names of functions that stand for a vendor's tools which the caller runs itself: calls return in its own form (R29). */
  readonly clientTools?: ReadonlySet<string>;
  /** Tools that the caller keeps in groups, by the name under which they stand in `tools` (R33). */
  readonly groups?: ReadonlyMap<string, ToolGroup>;
  /** Members that a reply to a client of the source's dialect repeats, as they were spelt. */
  readonly echo?: readonly Residue[];
  /** Fields of the source without a place here. */
  readonly ext: readonly Residue[];
  /** Members to merge into the body for one target dialect: `gateway_options.<dialect>` (translation.md 0.2, 4). */
  readonly options: Readonly<Record<Dialect, JsonText>>;
  /** Every feature of the loss table that this request uses; encoders hold it against their column. */
  readonly uses: readonly Use[];
  /** Who wrote the request. */
  readonly source: Dialect;
};
