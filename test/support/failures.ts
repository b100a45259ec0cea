// Shorthand for reading error replies.
import type { Failure } from "../../src/ir/failure.ts";
import type { Protocol } from "../../src/protocols/protocol.ts";

/** One error reply and how it is to be understood. */
export type FailureRow = {
  readonly name: string;
  readonly status: number;
  /** A string is sent as it is, anything else as JSON. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly expected: Partial<Failure>;
};

/** Decodes an error reply. */
export function decodeRow(protocol: Protocol, row: Omit<FailureRow, "name" | "expected">): Failure {
  const text = typeof row.body === "string" ? row.body : JSON.stringify(row.body);
  const header = (name: string): string | undefined => row.headers?.[name];
  return protocol.failure.decode(row.status, header, new TextEncoder().encode(text));
}
