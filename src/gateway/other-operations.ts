// What the operations besides chat share.

/** Code of a failure that says that an upstream has no such operation; if nobody in the pool has it, it is a 404. */
export const NO_SUCH_OPERATION = "no_such_operation";

/** `x-recloser-emulated` where tokens of embeddings were estimated because no upstream counted them (translation.md A.7). */
export const ESTIMATED = `count;path="/usage"`;
