// The vendor of Claude, by the name that marks its reasoning tokens (translation.md 0.4): its signatures are taken by every
// host of the same model.

/** Anthropic as a vendor, not as a protocol. */
export const CLAUDE_VENDOR = "anthropic";
