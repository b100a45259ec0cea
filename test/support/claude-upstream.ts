// An upstream that speaks Messages behind a gateway, and an OpenAI client in front of it.
import OpenAI from "openai";
import {
  startGateway,
  startUpstream,
  type Script,
  type TestGateway,
  type Upstream,
} from "./gateway.ts";

/** What a test talks to. */
type ClaudeSetup = {
  readonly upstream: Upstream;
  readonly gateway: TestGateway;
  readonly sdk: OpenAI;
};

/** Makes set-ups, each with its own upstream, and closes all that were made. */
export function claudeUpstreams(): {
  readonly setup: (script: Script, settings?: string) => ClaudeSetup;
  readonly close: () => Promise<void>;
} {
  const cleanups: (() => Promise<void>)[] = [];
  return {
    setup: (script, settings = "") => {
      const upstream = startUpstream(script);
      const gateway = startGateway(`auth: { mode: none }
providers:
  up: { protocol: anthropic, base_url: "http://127.0.0.1:${upstream.port}", api_key: k, vendor: anthropic }
models:
  m: { provider: up, model: claude-sonnet-4-5 }
${settings}`);
      cleanups.push(async () => {
        await gateway.stop();
        upstream.stop();
      });
      const sdk = new OpenAI({ apiKey: "x", baseURL: `${gateway.url}/v1`, maxRetries: 0 });
      return { upstream, gateway, sdk };
    },
    close: async () => {
      for (const cleanup of cleanups.splice(0)) await cleanup();
    },
  };
}

/** One event of the stream. */
export function event(type: string, body: object = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...body })}\n\n`;
}

/** A message before it says anything. */
export const MESSAGE = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-4-5",
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: { input_tokens: 10, output_tokens: 1 },
};

/** How a streamed message with one text begins. */
export function opening(): string {
  return (
    event("message_start", { message: MESSAGE }) +
    event("content_block_start", { index: 0, content_block: { type: "text", text: "" } })
  );
}

/** More of the text. */
export function said(text: string): string {
  return event("content_block_delta", { index: 0, delta: { type: "text_delta", text } });
}

/** How the message ends. */
export function ending(output: number): string {
  return (
    event("content_block_stop", { index: 0 }) +
    event("message_delta", {
      delta: { stop_reason: "end_turn", stop_sequence: null },
      usage: { output_tokens: output },
    }) +
    event("message_stop")
  );
}

/** A whole message with one text. */
export function whole(text: string, output: number): string {
  return JSON.stringify({
    ...MESSAGE,
    content: [{ type: "text", text }],
    stop_reason: "end_turn",
    usage: { input_tokens: 10, output_tokens: output },
  });
}
