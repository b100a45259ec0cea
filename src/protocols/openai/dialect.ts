/** The name under which residues and verbatim blocks of this dialect travel. */
export const DIALECT = "openai";
