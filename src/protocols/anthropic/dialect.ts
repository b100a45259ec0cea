/** The name under which residues and verbatim blocks of this dialect travel. */
export const DIALECT = "anthropic";

/** The vendor family whose signatures this dialect carries natively. */
export const VENDOR = "anthropic";
