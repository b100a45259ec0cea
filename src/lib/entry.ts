// Tables that are asked with words from outside.

/** The row of a word; `undefined` for a word that the table lacks, also if every object has a member of that name. */
export function entry<T>(table: Readonly<Record<string, T>>, word: string): T | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}
