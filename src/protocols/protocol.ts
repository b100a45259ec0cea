// The contract that every protocol folder fulfils; types only. A file in a protocol folder is named after the field
// that it fills, so that a reader who knows one folder knows all six.
import type { Json, JsonDocument, Printable } from "../lib/json.ts";
import type { Result } from "../lib/result.ts";
import type { Media, Opaque } from "../ir/block.ts";
import type { VagueStops } from "../ir/empty-end.ts";
import type { EmbeddingsReply, EmbeddingsRequest } from "../ir/embeddings.ts";
import type { Event } from "../ir/event.ts";
import type { Failure } from "../ir/failure.ts";
import type { Loss, Places, Report } from "../ir/loss.ts";
import type { Reply, Usage } from "../ir/reply.ts";
import type { Effort, Req } from "../ir/request.ts";
import type { Restore } from "../ir/restore.ts";
import type { Frame } from "../wire/frame.ts";
import type { Check, StreamCheck } from "./check.ts";
import type { CountCodec } from "./count.ts";
import type { State } from "./state.ts";

export type { Check, CountCodec, Restore, StreamCheck };

/** What a client can ask for. */
export type Operation = "chat" | "count-tokens" | "embeddings" | "models" | "model";

/** How a streamed reply is framed on the wire. */
export type Framing = "sse" | "eventstream" | "json-array";

/** Header pairs in wire order; names in lower case. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** Reads one header by its lower-case name. */
export type HeaderReader = (name: string) => string | undefined;

/** A path that a protocol serves, understood. */
export type RouteMatch = {
  readonly operation: Operation;
  /** The only method that the path takes. */
  readonly method: "GET" | "POST";
  /** Model named by the path, percent-decoded once; absent when the body names it. */
  readonly model?: string;
  /** Whether the path asks for a stream; absent when the body says so. */
  readonly stream?: boolean;
  /** The path takes several requests of the operation at once, in a body of its own form. */
  readonly batch?: boolean;
  /** Members of which the body has one; without any of them the path means something else. Absent: no condition. */
  readonly marks?: readonly string[];
};

/** A client's proof of who it is, before anybody checked it. */
export type ClientCredential =
  | { readonly kind: "token"; readonly token: string }
  /** An AWS signature, to be verified over the whole request. */
  | { readonly kind: "sigv4" };

/** How requests of this protocol arrive. */
export type Ingress = {
  /** Understands a path without mount or query (`/v1/messages`), still percent-encoded; `undefined`: not ours. */
  readonly match: (path: string) => RouteMatch | undefined;
  /** Finds the credential where this protocol's SDKs put it (translation.md 0.3). */
  readonly credential: (
    header: HeaderReader,
    query: URLSearchParams,
  ) => ClientCredential | undefined;
  /** Framing in which this client reads a stream. */
  readonly framing: (query: URLSearchParams) => Framing;
  /** Request headers passed on when the upstream speaks the same protocol. */
  readonly forwardedHeaders: readonly string[];
  /** Member of the body that switches streaming on; absent when the path does (RouteMatch.stream). */
  readonly streamMember?: "stream";
};

/** What an upstream call is for, as far as its address depends on it. */
export type EgressCall = {
  readonly operation: Operation;
  /** Model as the upstream names it. */
  readonly model: string;
  readonly stream: boolean;
  /** As in `RouteMatch`. */
  readonly batch?: boolean;
};

/** How requests to an upstream of this protocol leave. */
export type Egress = {
  /** Path and query to append to the provider's base URL, percent-encoded. */
  readonly target: (call: EgressCall) => string;
  /** What to append for a path that is none of the operations; `undefined`: no path of this protocol. */
  readonly raw: (path: string) => string | undefined;
  /** Where the model's name stands: a body member to splice, or the path (`target`). */
  readonly modelIn: "body" | "path";
  /** Puts the model's name where bodies of other operations than chat repeat it; absent: they never do. */
  readonly rename?: (document: JsonDocument, model: string) => Printable;
  /** Headers that a translated request carries besides content type and credential (API version and the like). */
  readonly headers: HeaderList;
  /** Reply headers that go back to a client of the same protocol (rate limits, request ids); names or `prefix*`. */
  readonly returnedHeaders: readonly string[];
};

/** What a model accepts, as far as known; absent means: assume what the protocol's documentation says. */
export type ModelCapabilities = {
  /** Most output tokens. */
  readonly maxOutput?: number;
  /** Context window in tokens. */
  readonly contextWindow?: number;
  /** Whether sampling parameters are accepted; `one`: temperature or top_p, not both. */
  readonly sampling?: "all" | "one" | "none";
  /** Effort words that the model takes; absent: all that its dialect has. */
  readonly efforts?: readonly Effort[];
  /** How reasoning is asked for. */
  readonly reasoning?: "none" | "effort" | "budget" | "adaptive";
  /** Whether reasoning can be switched off. */
  readonly reasoningOff?: "yes" | "no" | "between-tools";
  /** Whether a forced tool choice is accepted (always, never, or only without reasoning). */
  readonly forcedToolChoice?: "yes" | "no" | "without-reasoning";
  /** Whether a trailing assistant turn is continued. */
  readonly prefill?: boolean;
  /** Whether a system turn may stand among the others. */
  readonly inlineSystem?: boolean;
  /** Whether the model takes a JSON schema for its output. */
  readonly jsonSchema?: boolean;
  readonly vision?: boolean;
  readonly audio?: boolean;
  readonly video?: boolean;
  readonly pdf?: boolean;
  /** Whether `stop` is accepted. */
  readonly stop?: boolean;
  /** Family whose reasoning tokens the model makes and takes, where it is not the provider's own (translation.md 0.4). */
  readonly vendor?: string;
  /** Model family, which decides about fields of its own beside the protocol's (translation.md A.5, "Family quirks"). */
  readonly family?:
    "claude" | "nova" | "gpt" | "mistral" | "llama" | "command" | "deepseek" | "palmyra";
  /** Whether function tools are accepted at all. */
  readonly tools?: boolean;
  /** Whether a single tool may be marked strict. */
  readonly strictTools?: boolean;
  /** Whether cache breakpoints are accepted (R63). */
  readonly cachePoints?: boolean;
  /** Whether instructions have a place of their own at the top (R01). */
  readonly topSystem?: boolean;
  /** Whether the conversation must begin with a user's turn. */
  readonly userFirst?: boolean;
  /** Whether the conversation must end with a user's turn or a tool's result. */
  readonly userLast?: boolean;
  /** Form in which schemas of tools and answers are taken: JSON Schema, or the subset of OpenAPI 3.0 (R20, R43). */
  readonly schemaForm?: "json-schema" | "openapi";
  /** Whether a schema for the answer and tools go together (R43). */
  readonly schemaWithTools?: boolean;
  /** Whether hosted tools and functions go together. */
  readonly hostedWithFunctions?: boolean;
  /** Whether images and documents may stand in a tool's result (R37, R38). */
  readonly resultMedia?: boolean;
  /** Whether a tool's result may carry a status (R39). */
  readonly resultStatus?: boolean;
  /** Which ids of calls are taken: any that the protocol allows, nine letters and digits, or none (R40). */
  readonly callIds?: "any" | "nine" | "none";
  /** Whether the model's host fetches media from public addresses by itself (R07, R11). */
  readonly fetchesUrls?: boolean;
  /** Whether every step of calls in the history needs a thought signature (translation.md 0.4). */
  readonly needsSignatures?: boolean;
  /** Whether reasoning in the history is only taken after the very words that it was made after (translation.md 0.4). */
  readonly bindsReasoning?: boolean;
};

/** Ways in which servers of one protocol differ (the provider catalogue's flags). */
export type Profile = {
  /** Member that limits the output. */
  readonly maxTokensField?: "max_tokens" | "max_completion_tokens";
  /** Whether `stream_options` is understood. */
  readonly streamOptions?: boolean;
  /** Whether the `developer` role is understood. */
  readonly developerRole?: boolean;
  /** Whether reasoning text of earlier turns is to be sent back as `reasoning_content`. */
  readonly reasoningReplay?: boolean;
  /** Whether cache breakpoints on content parts are understood; absent: only OpenAI itself does. */
  readonly cacheBreakpoints?: boolean;
};

/** The upstream that a request is encoded for. */
export type Target = {
  /** Model as the upstream names it. */
  readonly model: string;
  readonly stream: boolean;
  /** Vendor family whose opaque tokens the upstream accepts (translation.md 0.4). */
  readonly vendor: string;
  readonly capabilities: ModelCapabilities;
  readonly profile: Profile;
};

/** What the gateway has to do itself for a target that cannot (translation.md C.1, "emulated"). */
export type Emulation = {
  /** Stop sequences, in source order, that the upstream does not match: the gateway ends the reply at the first (R53). */
  readonly stop?: readonly string[];
  /** How many calls to make, each for one candidate (R55). */
  readonly calls?: number;
  /** The upstream may pause its turn, and is then to be asked to go on: `Codec.request.resume` (E141). */
  readonly pauses?: boolean;
};

/** A request ready for the wire. */
export type EncodedRequest = {
  readonly body: Printable;
  /** Headers that this body needs, such as a beta switch; a value of the same name that is there already gets longer. */
  readonly headers?: HeaderList;
  readonly report: Report;
  readonly restore: Restore;
  readonly emulate?: Emulation;
};

/** The upstream that a reply comes from: marks its opaque tokens. */
export type Origin = { readonly vendor: string; readonly model: string };

/** The client that a reply is encoded for. */
export type Client = Pick<Req, "groups" | "clientTools" | "echo"> & {
  /** Id of the call, from which ids of this dialect are made when the upstream's does not fit (B.15). */
  readonly callId: string;
  /** Model the reply reports when the upstream named none. */
  readonly model: string;
  /** Unix time in seconds at the first byte. */
  readonly now: number;
  /** Whether the client asked for usage in the stream. */
  readonly streamUsage: boolean;
  readonly framing: Framing;
  /** Whether the client declared its tools in the older form of its dialect (`Req.legacyCalls`). */
  readonly legacyCalls?: boolean;
  /** Wraps a foreign opaque token so that it can ride in this dialect (translation.md 0.4). */
  readonly seal: (opaque: Opaque) => string;
};

/** What decoding a request needs from outside. */
export type DecodeContext = {
  /** Model and stream switch as the route resolved them (path, body or prefix). */
  readonly model: string;
  readonly stream: boolean;
  /** Unwraps a token sealed by `Client.seal`; `undefined`: a native one; without vendor: forged, so never to be sent. */
  readonly unseal: (text: string) => Opaque | undefined;
};

/** A reply ready for the wire. */
export type EncodedReply = { readonly body: Printable; readonly report: Report };

/** Turns frames into events; `end` is called once when the upstream's body ended cleanly. */
export type StreamDecoder = {
  readonly push: (frame: Frame) => readonly Event[];
  readonly end: () => readonly Event[];
};

/** Turns events that passed `conform` into frames for the client. */
export type StreamEncoder = {
  readonly push: (event: Event) => readonly Frame[];
  /** Called when all events of one upstream frame were pushed: lets out what only waited for company. */
  readonly flush?: () => readonly Frame[];
};

/** What an address in a request leads to. */
export type MediaKind = "image" | "document" | "audio" | "video";

/** Translation to and from the neutral model. */
export type Codec = {
  readonly request: {
    readonly decode: (document: JsonDocument, context: DecodeContext) => Result<Req, Failure>;
    readonly encode: (request: Req, target: Target) => EncodedRequest;
    /**
     * The body that goes on after a turn that the upstream paused, from the body that was sent and the reply to it;
     * `undefined`: it cannot go on. Absent: nobody pauses in this protocol.
     */
    readonly resume?: (sent: JsonDocument, reply: Reply) => Printable | undefined;
    /** Whether the target fetches media of this kind from this address itself; otherwise the gateway may (R07, R11). */
    readonly takesUrl: (
      kind: MediaKind,
      target: Target,
      address: Extract<Media, { kind: "url" }>,
    ) => boolean;
  };
  readonly reply: {
    readonly decode: (document: JsonDocument, origin: Origin) => Result<Reply, Failure>;
    readonly encode: (reply: Reply, client: Client) => EncodedReply;
    /** Stops that read like an ordinary end here, so that a reply without an answer has to be a failure; absent: none. */
    readonly vague?: VagueStops;
  };
  readonly stream: {
    readonly decoder: (origin: Origin) => StreamDecoder;
    readonly encoder: (client: Client) => StreamEncoder;
    /** Whether blocks must reach this encoder one after another (`conform` then holds later ones back). */
    readonly serial: boolean;
  };
  /** This protocol's column of the loss table. */
  readonly places: Places;
};

/** Translation of embeddings to and from the neutral form. */
export type EmbeddingsCodec = {
  readonly request: {
    /** Fails as the caller's mistake, or as `untranslatable` for what only this protocol takes. */
    readonly decode: (document: JsonDocument) => Result<EmbeddingsRequest, Failure>;
    /** As many bodies as it takes, each for the next inputs in order; `batch` as in `EgressCall`. */
    readonly encode: (
      request: EmbeddingsRequest,
      target: Pick<Target, "model" | "capabilities">,
    ) => {
      readonly bodies: readonly Printable[];
      readonly batch?: boolean;
      readonly losses: readonly Loss[];
    };
  };
  readonly reply: {
    readonly decode: (
      document: JsonDocument,
      header: HeaderReader,
    ) => Result<EmbeddingsReply, Failure>;
    readonly encode: (
      reply: EmbeddingsReply,
      client: { readonly request: EmbeddingsRequest } & Pick<Client, "callId" | "model">,
    ) => Printable;
  };
  /** Whether every reply has a count of tokens, so that one has to be estimated where the upstream tells none. */
  readonly counts: boolean;
};

/** What the same-protocol path wants to know of one frame. */
export type Inspection = {
  /** The frame carries generated content: from here on failing over is impossible. */
  readonly content: boolean;
  /** The frame ends the reply, or all that follows is optional. */
  readonly terminal: boolean;
  readonly usage?: Usage;
  readonly failure?: Failure;
};

/** Looks at traffic of the same protocol without decoding it. */
export type Tap = {
  /** Inspects the exact bytes of one whole frame; cheap for ordinary frames. */
  readonly frame: (bytes: Uint8Array, framing: Framing) => Inspection;
  /** Finds the usage in a buffered 2xx body; `undefined` where there is none. */
  readonly usage: (body: Uint8Array) => Usage | undefined;
  /** Recognises a 2xx body that is an error in disguise. */
  readonly failure: (body: Json) => Failure | undefined;
  /** The frames that tell a client of this protocol in mid-stream that the reply failed. */
  readonly errorFrames: (failure: Failure, framing: Framing) => readonly Frame[];
};

/** An error reply ready for the wire. */
export type EncodedFailure = {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Printable;
};

/** A model as the gateway offers it. */
export type ModelEntry = {
  readonly id: string;
  readonly contextWindow?: number;
  readonly maxOutput?: number;
  /** Unix time in seconds since which the entry exists: the start of the process. */
  readonly created: number;
};

/** One of the protocols. */
export type Protocol = {
  readonly name: string;
  /** Framing of streams that upstreams of this protocol send. */
  readonly framing: Framing;
  readonly ingress: Ingress;
  readonly egress: Egress;
  readonly tap: Tap;
  readonly failure: {
    /** Understands a non-2xx reply; never fails: an unknown body falls back to the status. */
    readonly decode: (status: number, header: HeaderReader, body: Uint8Array) => Failure;
    /** Writes the native envelope (translation.md B.14). */
    readonly encode: (failure: Failure, requestId: string) => EncodedFailure;
  };
  readonly models: {
    /** The page that the query asks for; fails for a cursor that is none. */
    readonly list: (
      entries: readonly ModelEntry[],
      query: URLSearchParams,
    ) => Result<Printable, Failure>;
    readonly one: (entry: ModelEntry) => Printable;
  };
  /** Both ways between this protocol and the neutral model. */
  readonly codec: Codec;
  /** Absent where the protocol has no operation that counts tokens: they are estimated. */
  readonly count?: CountCodec;
  /** Absent where the protocol has no embeddings. */
  readonly embeddings?: EmbeddingsCodec;
  /** Present where the dialect lets servers keep the conversation (translation.md B03). */
  readonly state?: State;
  readonly check: Check;
};
