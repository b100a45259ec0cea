// The vendor of Gemini, by the name that marks its thought signatures (translation.md 0.4) and by which the table of
// capabilities lists its models.

/** Google as a vendor, not as a protocol. */
export const GOOGLE_VENDOR = "google";
