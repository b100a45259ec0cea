// Conversations that the gateway keeps for clients of this protocol (translation.md B03).
import type { State } from "../state.ts";
import { answer, owns } from "./state-answer.ts";
import { resolve } from "./state-resolve.ts";
import { finished } from "./state-stream.ts";

/** What this protocol does with kept conversations. */
export const state: State = { resolve, finished, owns, answer };
