// The keys of a provider, in every form in which a config may give them.
import { secret, type Secret } from "../lib/secret.ts";
import type { KeyConfig } from "./config.ts";
import type { Path } from "./problem.ts";
import { resolveSecret, type Resolving, type SecretShape } from "./resolving.ts";
import type { Shape } from "./shape.ts";

/** The members of a provider's entry that give keys. */
export type KeyShape = Pick<
  NonNullable<Shape["providers"][string]>,
  "api_key" | "api_keys" | "access_key_id" | "secret_access_key" | "session_token"
>;

/** Whether an entry gives a key at all, readable or not. */
export function givesKey(given: KeyShape): boolean {
  const { api_key, api_keys, access_key_id, secret_access_key } = given;
  return [api_key, api_keys, access_key_id, secret_access_key].some((key) => key !== undefined);
}

/** Reads all keys; those that cannot be used are reported and left out. `signs`: the protocol signs with AWS keys. */
export function resolveKeys(
  given: KeyShape,
  path: Path,
  signs: boolean,
  context: Resolving,
): readonly KeyConfig[] {
  if (given.api_key !== undefined && given.api_keys !== undefined) {
    const message = "there is api_key as well as api_keys";
    const hint = "move it into the list";
    context.report({ path: [...path, "api_key"], atKey: true, message, hint });
  }
  const listed: (readonly [SecretShape, Path])[] = [
    ...(given.api_key === undefined ? [] : [[given.api_key, [...path, "api_key"]] as const]),
    ...(given.api_keys ?? []).map((key, index) => [key, [...path, "api_keys", index]] as const),
  ];
  const keys = listed.flatMap(([shape, at]): KeyConfig[] => {
    const token = resolveSecret(shape, at, context);
    if (token === undefined) return [];
    return signs ? awsKey(token, at, context) : [{ kind: "token", token }];
  });
  const pair = awsPair(given, path, signs, context);
  return pair === undefined ? keys : [...keys, pair];
}

/** `ACCESS:SECRET[:SESSION]` is a key pair; anything else is a Bedrock API key (interface.md). */
function awsKey(token: Secret<string>, path: Path, context: Resolving): KeyConfig[] {
  const [accessKeyId = "", secretAccessKey, ...session] = token.reveal().split(":");
  if (secretAccessKey === undefined) return [{ kind: "token", token }];
  if (accessKeyId === "" || secretAccessKey === "" || session[0] === "") {
    const message = "expected ACCESS:SECRET or ACCESS:SECRET:SESSION, but a part is empty";
    context.report({ path, message, hint: "is one of the variables empty?" });
    return [];
  }
  const sessionToken = session.length === 0 ? undefined : secret(session.join(":"));
  return [
    {
      kind: "aws",
      accessKeyId: secret(accessKeyId),
      secretAccessKey: secret(secretAccessKey),
      ...(sessionToken === undefined ? {} : { sessionToken }),
    },
  ];
}

const PAIR = ["access_key_id", "secret_access_key", "session_token"] as const;

function awsPair(
  given: KeyShape,
  path: Path,
  signs: boolean,
  context: Resolving,
): KeyConfig | undefined {
  const written = PAIR.filter((key) => given[key] !== undefined);
  const [first] = written;
  if (first === undefined) return undefined;
  if (!signs) {
    const message = "only providers of the protocol bedrock sign with AWS keys";
    context.report({ path: [...path, first], atKey: true, message, hint: "api_key: …" });
    return undefined;
  }
  const missing = PAIR.slice(0, 2).find((key) => given[key] === undefined);
  if (missing !== undefined) {
    const message = `${missing} is missing: it goes together with ${first}`;
    context.report({ path: [...path, first], atKey: true, message, hint: `${missing}: …` });
    return undefined;
  }
  return readPair(given, path, context);
}

function readPair(given: KeyShape, path: Path, context: Resolving): KeyConfig | undefined {
  const read = (key: (typeof PAIR)[number]): Secret<string> | undefined => {
    const shape = given[key];
    return shape === undefined ? undefined : resolveSecret(shape, [...path, key], context);
  };
  const [accessKeyId, secretAccessKey, sessionToken] = PAIR.map(read);
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  const parts = { accessKeyId, secretAccessKey };
  return { kind: "aws", ...parts, ...(sessionToken === undefined ? {} : { sessionToken }) };
}
