// `recloser keygen`: a client token with 256 bits from the operating system's generator. Stores nothing.
import { parseOptions } from "./arguments.ts";
import { EXIT, type CommandIo } from "./io.ts";

/** Marks a token as ours, so that scanners for leaked secrets can recognise one. */
const PREFIX = "rk-";
const TOKEN_BYTES = 32;

/** Prints a fresh token on standard output alone, so that it can be captured; the explanation goes to standard error. */
export function run(args: readonly string[], io: CommandIo): Promise<number> {
  const parsed = parseOptions(args, { json: { type: "boolean" } });
  if (!parsed.ok) {
    io.stderr(`recloser keygen: ${parsed.error}\n`);
    return Promise.resolve(EXIT.usage);
  }
  const random = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
  const token = PREFIX + random.toBase64({ alphabet: "base64url", omitPadding: true });
  if (parsed.value.values.json === true) {
    io.stdout(`${JSON.stringify({ token })}\n`);
  } else {
    io.stdout(`${token}\n`);
    io.stderr(EXPLANATION);
  }
  return Promise.resolve(EXIT.ok);
}

const EXPLANATION = `
Keep the token in the environment of the gateway, for example as CLIENT_TOKEN,
and name it in the config:

  auth:
    mode: tokens
    tokens: ["\${CLIENT_TOKEN}"]

Clients send it where their SDK puts its API key.
`;
