// Words that the config shares with the code.

/** Names of the protocols, in the order of the documentation. A test proves that the registry lists the same. */
export const PROTOCOLS_KNOWN = [
  "openai",
  "responses",
  "anthropic",
  "gemini",
  "bedrock",
  "cohere",
] as const;

/** Names of the routing policies that are built. A test proves that the policies list the same. */
export const POLICY_NAMES = ["weighted"] as const;
