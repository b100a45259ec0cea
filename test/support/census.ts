// Errors as vendors write them, each with the class that it means. Words come from the vendors' error guides and SDKs, from
// recorded replies, and from what users report (`reports`); none is made by our own encoders.
import type { FailureClass } from "../../src/ir/failure.ts";
import type { ProtocolName } from "../../src/protocols/registry.ts";

/** One error reply. */
export type CensusRow = {
  readonly protocol: ProtocolName;
  readonly expected: FailureClass;
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

type Short = readonly [expected: FailureClass, status: number, ...words: readonly string[]];

const OPENAI: readonly Short[] = [
  ["invalid", 400, "Invalid type for 'messages'", "invalid_request_error", "invalid_type"],
  ["invalid", 422, "Unprocessable entity", "invalid_request_error"],
  [
    "unauthenticated",
    401,
    "Incorrect API key provided: sk-a***b.",
    "invalid_request_error",
    "invalid_api_key",
  ],
  [
    "unauthenticated",
    400,
    "API key not valid. Please pass a valid API key.",
    "invalid_request_error",
  ],
  [
    "forbidden",
    403,
    "Country, region, or territory not supported",
    "request_forbidden",
    "unsupported_country_region_territory",
  ],
  [
    "model-forbidden",
    403,
    "Project `proj_1` does not have access to model `o3`",
    "invalid_request_error",
  ],
  [
    "model-forbidden",
    400,
    "The model gpt-x is not available for this API key",
    "invalid_request_error",
  ],
  [
    "not-found",
    404,
    "Unknown request URL: POST /v1/chat/completion.",
    "invalid_request_error",
    "unknown_url",
  ],
  [
    "model-unknown",
    404,
    "The model `gpt-9` does not exist or you do not have access to it.",
    "invalid_request_error",
    "model_not_found",
  ],
  [
    "model-unknown",
    400,
    "The requested model 'gpt-9' does not exist.",
    "invalid_request_error",
    "model_not_found",
  ],
  [
    "method-not-allowed",
    405,
    "Not allowed to GET on /v1/chat/completions.",
    "invalid_request_error",
    "method_not_supported",
  ],
  ["conflict", 409, "The resource was updated by another request", "invalid_request_error"],
  ["too-large", 413, "Request too large", "invalid_request_error", "request_too_large"],
  [
    "context-length",
    400,
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
    "invalid_request_error",
    "context_length_exceeded",
  ],
  [
    "content-refused",
    400,
    "Your request was rejected as a result of our safety system.",
    "image_generation_user_error",
    "moderation_blocked",
  ],
  [
    "rate-limited",
    429,
    "Rate limit reached for gpt-4o in organization org-1 on requests per min (RPM): Limit 3, Used 3. Please try again in 20s.",
    "requests",
    "rate_limit_exceeded",
  ],
  [
    "rate-limited",
    429,
    "Rate limit reached for gpt-4o on tokens per min (TPM): Limit 10000. Please try again in 6ms.",
    "tokens",
    "rate_limit_exceeded",
  ],
  [
    "quota-exhausted",
    429,
    "You exceeded your current quota, please check your plan and billing details.",
    "insufficient_quota",
    "insufficient_quota",
  ],
  ["quota-exhausted", 402, "Insufficient Balance", "unknown_error", "invalid_request_error"],
  ["quota-exhausted", 429, "You have reached your weekly usage limit. Resets Monday.", "limit"],
  ["quota-exhausted", 403, "You have insufficient credits", "forbidden"],
  ["overloaded", 503, "The engine is currently overloaded, please try again later", "server_error"],
  ["overloaded", 429, "The engine is at capacity", "engine_overloaded_error"],
  ["server-error", 500, "The server had an error while processing your request", "server_error"],
  ["timeout", 408, "Request timed out", "timeout", "timeout"],
];

const ANTHROPIC: readonly Short[] = [
  ["invalid", 400, "messages: at least one message is required", "invalid_request_error"],
  ["unauthenticated", 401, "invalid x-api-key", "authentication_error"],
  [
    "forbidden",
    403,
    "Your API key does not have permission to use the specified resource.",
    "permission_error",
  ],
  [
    "model-forbidden",
    403,
    "Your account does not have access to the requested model",
    "permission_error",
  ],
  ["not-found", 404, "Not Found", "not_found_error"],
  ["model-unknown", 404, "model: claude-9", "not_found_error"],
  ["conflict", 409, "The resource was changed", "conflict_error"],
  ["too-large", 413, "Request exceeds the maximum size", "request_too_large"],
  [
    "context-length",
    400,
    "prompt is too long: 208310 tokens > 200000 maximum",
    "invalid_request_error",
  ],
  [
    "context-length",
    400,
    "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
    "invalid_request_error",
  ],
  [
    "rate-limited",
    429,
    "This request would exceed your organization's rate limit of 50,000 input tokens per minute",
    "rate_limit_error",
  ],
  [
    "quota-exhausted",
    400,
    "Your credit balance is too low to access the Anthropic API.",
    "invalid_request_error",
  ],
  ["quota-exhausted", 402, "Please update your payment details", "billing_error"],
  [
    "quota-exhausted",
    400,
    "You have reached your specified API usage limits. You will regain access on 2026-12-01",
    "invalid_request_error",
  ],
  ["overloaded", 529, "Overloaded", "overloaded_error"],
  ["server-error", 500, "Internal server error", "api_error"],
  ["timeout", 504, "Request timed out", "timeout_error"],
];

const GEMINI: readonly Short[] = [
  ["invalid", 400, "Invalid JSON payload received. Unknown name", "INVALID_ARGUMENT"],
  ["unauthenticated", 400, "API key not valid. Please pass a valid API key.", "INVALID_ARGUMENT"],
  ["unauthenticated", 401, "Request had invalid authentication credentials.", "UNAUTHENTICATED"],
  ["unauthenticated", 400, "API key expired. Please renew the API key.", "INVALID_ARGUMENT"],
  ["forbidden", 403, "The caller does not have permission", "PERMISSION_DENIED"],
  ["forbidden", 400, "User location is not supported for the API use.", "FAILED_PRECONDITION"],
  [
    "model-forbidden",
    403,
    "Your project does not have access to the model gemini-x",
    "PERMISSION_DENIED",
  ],
  ["not-found", 404, "Requested entity was not found.", "NOT_FOUND"],
  ["model-unknown", 404, "models/gemini-9 is not found for API version v1beta", "NOT_FOUND"],
  ["conflict", 409, "The operation was aborted", "ABORTED"],
  ["too-large", 400, "Request payload size exceeds the limit: 20971520 bytes.", "INVALID_ARGUMENT"],
  [
    "context-length",
    400,
    "The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).",
    "INVALID_ARGUMENT",
  ],
  ["rate-limited", 429, "Resource has been exhausted (e.g. check quota).", "RESOURCE_EXHAUSTED"],
  ["quota-exhausted", 429, "Your prepayment credits are depleted.", "RESOURCE_EXHAUSTED"],
  ["overloaded", 503, "The model is overloaded. Please try again later.", "UNAVAILABLE"],
  ["server-error", 500, "An internal error has occurred.", "INTERNAL"],
  ["timeout", 504, "Deadline expired before operation could complete.", "DEADLINE_EXCEEDED"],
];

const BEDROCK: readonly Short[] = [
  ["invalid", 400, "1 validation error detected", "ValidationException"],
  [
    "unauthenticated",
    403,
    "The security token included in the request is invalid.",
    "UnrecognizedClientException",
  ],
  [
    "unauthenticated",
    403,
    "The security token included in the request is expired",
    "ExpiredTokenException",
  ],
  [
    "unauthenticated",
    403,
    "The request signature we calculated does not match",
    "InvalidSignatureException",
  ],
  [
    "forbidden",
    403,
    "User: arn is not authorized to perform: bedrock:InvokeModel",
    "AccessDeniedException",
  ],
  [
    "model-forbidden",
    403,
    "You don't have access to the model with the specified model ID.",
    "AccessDeniedException",
  ],
  ["not-found", 404, "Unknown operation", "UnknownOperationException"],
  ["model-unknown", 400, "The provided model identifier is invalid.", "ValidationException"],
  ["model-unknown", 404, "Could not resolve the foundation model", "ResourceNotFoundException"],
  [
    "model-unknown",
    400,
    "Invocation of model ID x with on-demand throughput isn’t supported.",
    "ValidationException",
  ],
  ["conflict", 400, "The request conflicts", "ConflictException"],
  ["too-large", 413, "Request too large", "RequestEntityTooLargeException"],
  ["context-length", 400, "Input is too long for requested model.", "ValidationException"],
  [
    "rate-limited",
    429,
    "Too many requests, please wait before trying again.",
    "ThrottlingException",
  ],
  ["rate-limited", 429, "Too many tokens, please wait before trying again.", "ThrottlingException"],
  [
    "quota-exhausted",
    429,
    "Too many tokens per day, please wait before trying again.",
    "ThrottlingException",
  ],
  [
    "quota-exhausted",
    400,
    "Your request exceeds the service quota for your account.",
    "ServiceQuotaExceededException",
  ],
  [
    "overloaded",
    429,
    "Model is not ready for inference. Wait and try your request again.",
    "ModelNotReadyException",
  ],
  ["overloaded", 503, "The service isn't currently available.", "ServiceUnavailableException"],
  ["server-error", 500, "An internal server error occurred.", "InternalServerException"],
  [
    "server-error",
    424,
    "The request failed due to an error while processing the model.",
    "ModelErrorException",
  ],
  ["timeout", 408, "The request took too long to process.", "ModelTimeoutException"],
];

const COHERE: readonly Short[] = [
  ["invalid", 400, "invalid request: message must be at least 1 token long."],
  ["unauthenticated", 401, "invalid api token"],
  ["forbidden", 403, "your organization is blocked"],
  ["model-forbidden", 403, "access to this model is forbidden"],
  ["not-found", 404, "404 page not found"],
  ["model-unknown", 404, "model 'command-9' not found, make sure the correct model ID was used"],
  [
    "context-length",
    400,
    "too many tokens: total number of tokens (prompt and prediction) cannot exceed 4096, received 5000.",
  ],
  ["content-refused", 498, "blocked input: please adjust"],
  ["rate-limited", 429, "You are using a Trial key, which is limited to 20 API calls / minute."],
  [
    "quota-exhausted",
    429,
    "You are using a Trial key, which is limited to 1000 API calls / month.",
  ],
  ["quota-exhausted", 402, "Please add or update your payment method"],
  ["overloaded", 503, "service unavailable"],
  ["server-error", 500, "internal server error, this has been reported to our developers."],
  ["timeout", 504, "gateway timeout"],
];

/** What a front of the vendor says, whatever the protocol behind it. */
const FRONTS: readonly (readonly [FailureClass, number, string])[] = [
  [
    "server-error",
    502,
    "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>",
  ],
  ["overloaded", 503, "<html><h1>503 Service Temporarily Unavailable</h1></html>"],
  ["timeout", 504, "<html><h1>504 Gateway Time-out</h1></html>"],
  ["server-error", 520, "error code: 520"],
  ["timeout", 522, "error code: 522"],
  ["timeout", 524, "<!DOCTYPE html><title>A timeout occurred</title>"],
  ["overloaded", 529, ""],
  ["rate-limited", 429, "rate limit exceeded"],
];

function rows(
  protocol: ProtocolName,
  list: readonly Short[],
  make: (status: number, words: readonly string[]) => Pick<CensusRow, "body" | "headers">,
): readonly CensusRow[] {
  return list.map(([expected, status, ...words]) => ({
    protocol,
    expected,
    status,
    ...make(status, words),
  }));
}

const openai = (_status: number, [message, type, code]: readonly string[]) => ({
  body: { error: { message, type, param: null, code: code ?? null } },
});

/** The whole table. */
export const CENSUS: readonly CensusRow[] = [
  ...rows("openai", OPENAI, openai),
  ...rows("responses", OPENAI, openai),
  ...rows("anthropic", ANTHROPIC, (_status, [message, type]) => ({
    body: { type: "error", error: { type, message }, request_id: "req_1" },
  })),
  ...rows("gemini", GEMINI, (code, [message, status]) => ({
    body: { error: { code, message, status } },
  })),
  ...rows("bedrock", BEDROCK, (_status, [message, name = ""]) => ({
    body: { message },
    headers: { "x-amzn-errortype": `${name}:http://internal.amazon.com/coral/` },
  })),
  ...rows("cohere", COHERE, (_status, [message]) => ({ body: { id: "1", message } })),
  ...(["openai", "responses", "anthropic", "gemini", "bedrock", "cohere"] as const).flatMap(
    (protocol) => FRONTS.map(([expected, status, body]) => ({ protocol, expected, status, body })),
  ),
];
