// Where the conversations that the gateway keeps are put; types only, the stores are in `store`.
import type { StateView } from "../protocols/state.ts";

/** Keeps records apart by tenant, within bounds of number, size and age. */
export type StateStore = {
  /** What is kept for one tenant (`Principal.tenant`). */
  readonly view: (tenant: string) => StateView;
  /** Its settings as a text: a store goes on over a reload as long as they are the same. */
  readonly settings: string;
};
