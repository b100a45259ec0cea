/** Name of this dialect in residues, citations and vendor blocks. */
export const DIALECT = "cohere";
