// What is sent to clients of this protocol, judged against its documentation.
import type { Check } from "../protocol.ts";
import { checkReply } from "./check-reply.ts";
import { checkStream } from "./check-stream.ts";

/** Judges replies to clients of this protocol. */
export const check: Check = { reply: checkReply, stream: checkStream };
