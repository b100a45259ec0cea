// What the agents of all SDKs have in common.

/** How an agent is set up. */
export type Setup = {
  readonly url: string;
  readonly model: string;
  readonly question: string;
  readonly stream: boolean;
  /** Whether it keeps whatever the model said, or only words and calls. */
  readonly keeps: "everything" | "words";
};

/** Works until the model calls nothing more, and returns its last words. */
export type Agent = (setup: Setup) => Promise<string>;

/** Most turns; a loop that goes on is a failure. */
export const MAX_TURNS = 5;

/** What was said last by an agent that never came to an end. */
export const ENDLESS = "it never ended";
