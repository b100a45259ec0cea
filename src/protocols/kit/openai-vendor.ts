// The vendor behind two of the protocols, by the name that marks its reasoning tokens (translation.md 0.4) and by which the
// catalogue lists it.

/** OpenAI as a vendor, not as a protocol. */
export const OPENAI_VENDOR = "openai";
