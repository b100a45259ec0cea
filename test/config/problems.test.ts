// Every mistake that a config file can have: its place, what is said of it, and the way out.
import { describe, expect, test } from "bun:test";
import type { Problem } from "../../src/config/problem.ts";
import { load, problems } from "./loading.ts";

/** Eight lines that are right; `{extra}` begins in line 8. */
const BASE = `providers:
  openai: { api_key: k }
  ollama:
models:
  gpt: { provider: openai }
  local: { provider: ollama }

`;
const LINE = 8;

type Expected = Partial<Problem> & Pick<Problem, "message">;

/** The only problem of a text. */
function problem(text: string, env: Record<string, string> = {}): Expected {
  const found = problems(text, env);
  expect(found).toHaveLength(1);
  const [first] = found;
  if (first === undefined) throw new Error("no problem");
  return first;
}

/** After the base, in line 8: the text, where the problem is, what it says, and its hint. */
const ADDED: readonly (readonly [
  text: string,
  place: string,
  message: string,
  hint?: string | undefined,
])[] = [
  // Keys.
  ["auht: {}", "1 auht", 'unknown key "auht" at the top level', "did you mean auth?"],
  [
    "colour: red",
    "1 colour",
    'unknown key "colour" at the top level',
    "known keys: listen, auth, providers, models, pools, aliases, passthrough_routes, admin, limits, responses_store, reply_model, opaque_store, losses, checks, state_file, shutdown_timeout",
  ],
  [
    "pools: { p: { members: [{ model: gpt, wieght: 1 }] } }",
    "39 pools.p.members.0.wieght",
    'unknown key "wieght" in pools.p.members.0',
    "did you mean weight?",
  ],
  [
    "pools: { p: { members: [{ model: gpt }], on_exhausted: { pol: q } } }",
    "58 pools.p.on_exhausted.pol",
    'unknown key "pol" in pools.p.on_exhausted',
    "did you mean pool?",
  ],
  [
    "pools: { p: { members: [{ model: gpt }], breaker: { trip: { mode: consecutive, threshold: 1 } } } }",
    "80 pools.p.breaker.trip.threshold",
    'unknown key "threshold" in pools.p.breaker.trip',
    undefined,
  ],
  [
    "pools: { p: { member: [] } }",
    "15 pools.p.member",
    'unknown key "member" in pools.p',
    "did you mean members?",
  ],
  [
    "limits:\nlimits: {}",
    "1 limits",
    "the key stands here twice, first in line 8",
    "keep one of them",
  ],
  // Types.
  [
    "auth: on",
    "7 auth",
    "expected a mapping, not the text that is there",
    "its keys: mode, tokens",
  ],
  [
    "auth: { tokens: t }",
    "17 auth.tokens",
    "expected a list, not the text that is there",
    "a list, even of one: tokens: [ … ]",
  ],
  [
    "auth: { tokens: [1] }",
    "18 auth.tokens.0",
    "expected a text or { file: … }, not a number",
    undefined,
  ],
  ["auth: { tokens: [] }", "17 auth.tokens", "expected at least one entry", undefined],
  ['auth: { tokens: [""] }', "18 auth.tokens.0", "expected a text that is not empty", undefined],
  [
    "shutdown_timeout: 30",
    "19 shutdown_timeout",
    "expected a duration such as 250ms, 15s, 2m or 1h, not 30",
    "with its unit: 30s or 30ms",
  ],
  [
    "shutdown_timeout: soon",
    "19 shutdown_timeout",
    'expected a duration such as 250ms, 15s, 2m or 1h, not "soon"',
    undefined,
  ],
  [
    "shutdown_timeout: 2 m",
    "19 shutdown_timeout",
    'expected a duration such as 250ms, 15s, 2m or 1h, not "2 m"',
    "without spaces",
  ],
  [
    "shutdown_timeout: 25h",
    "19 shutdown_timeout",
    'expected a duration from 0s to 24h, not "25h"',
    undefined,
  ],
  [
    "shutdown_timeout:",
    "1 shutdown_timeout",
    "expected a duration such as 250ms, 15s, 2m or 1h, but there is nothing",
    "write a value after shutdown_timeout:, or remove the line",
  ],
  [
    "losses: { allow: [R16, R166] }",
    "24 losses.allow.1",
    'there is no loss "R166"',
    "did you mean R16?",
  ],
  ["checks: { sample: 2 }", "19 checks.sample", "expected a number of at most 1, not 2", undefined],
  [
    "limits: { max_body_bytes: 32MB }",
    "27 limits.max_body_bytes",
    'expected a number, not "32MB"',
    "digits only, without a unit",
  ],
  [
    'limits: { max_body_bytes: "32" }',
    "27 limits.max_body_bytes",
    'expected a number, not "32"',
    "without quotes",
  ],
  [
    "limits: { max_body_bytes: 1.5 }",
    "27 limits.max_body_bytes",
    "expected a whole number, not 1.5",
    undefined,
  ],
  [
    "limits: { max_body_bytes: 0 }",
    "27 limits.max_body_bytes",
    "expected a number of at least 1, not 0",
    undefined,
  ],
  // Pools.
  ["pools: { p: { members: [] } }", "24 pools.p.members", "expected at least one entry", undefined],
  ["pools: { p: {} }", "10 pools.p.members", "is missing: expected a list", undefined],
  [
    "pools: { p: { members: [gpt] } }",
    "25 pools.p.members.0",
    'expected a mapping, not "gpt"',
    "its keys: model, weight, tier",
  ],
  [
    "pools: { p: { members: [{ model: gtp }] } }",
    "34 pools.p.members.0.model",
    'there is no model "gtp"',
    "did you mean gpt?",
  ],
  [
    "pools: { p: { members: [{ model: gpt, weight: 0 }] } }",
    "47 pools.p.members.0.weight",
    "expected a number of at least 1, not 0",
    undefined,
  ],
  [
    "pools: { p: { members: [{ model: gpt, tier: 1.5 }] } }",
    "45 pools.p.members.0.tier",
    "expected a whole number, not 1.5",
    undefined,
  ],
  [
    "pools: { p: { members: [{ model: gpt }, { model: gpt }] } }",
    "50 pools.p.members.1.model",
    '"gpt" is a member already',
    "give it more weight instead",
  ],
  [
    "pools: { p: { members: [{ model: gpt }], policy: latncy } }",
    "50 pools.p.policy",
    'expected one of weighted, least_busy, latency, cost, priority, headroom, not "latncy"',
    "did you mean latency?",
  ],
  [
    "pools: { p: { members: [{ model: gpt }], on_exhausted: rejct } }",
    "56 pools.p.on_exhausted",
    'expected reject or least_bad or { pool: … } or { queue: … }, not "rejct"',
    "did you mean reject?",
  ],
  [
    "pools: { p: { members: [{ model: gpt }], on_exhausted: { pool: q } } }",
    "64 pools.p.on_exhausted.pool",
    'there is no pool "q"',
    "did you mean p?",
  ],
  [
    "pools: { p: { members: [{ model: gpt }], on_exhausted: { pool: p } } }",
    "64 pools.p.on_exhausted.pool",
    "pools run in a circle: p → p",
    "let the last pool reject or queue",
  ],
  [
    "pools: { p: { members: [{ model: gpt }], on_exhausted: { queue: 0s } } }",
    "65 pools.p.on_exhausted.queue",
    'expected a duration from 1ms to 24h, not "0s"',
    undefined,
  ],
  [
    "pools: { p: { members: [{ model: gpt }], breaker: { trip: { mode: errors } } } }",
    "67 pools.p.breaker.trip.mode",
    'expected one of error_rate, consecutive, not "errors"',
    undefined,
  ],
  [
    "pools: { p: { members: [{ model: gpt }], breaker: { trip: {} } } }",
    "53 pools.p.breaker.trip.mode",
    "is missing: expected one of error_rate, consecutive",
    undefined,
  ],
  [
    "pools: { p: { members: [{ model: gpt }], breaker: { trip: { mode: error_rate, threshold: 2 } } } }",
    "90 pools.p.breaker.trip.threshold",
    "expected a number of at most 1, not 2",
    undefined,
  ],
  [
    "pools: { p: { members: [{ model: gpt }], breaker: { cooldown: 5m } } }",
    "63 pools.p.breaker.cooldown",
    "max_cooldown (120s) is shorter than cooldown (300s)",
    "set max_cooldown beside it",
  ],
  [
    "pools: { p: { members: [{ model: gpt }], failover: { max_hops: 17 } } }",
    "64 pools.p.failover.max_hops",
    "expected a number of at most 16, not 17",
    undefined,
  ],
  [
    "pools: { p: { members: [{ model: gpt }], affinity: x-session } }",
    "52 pools.p.affinity",
    'expected conversation or { header: … }, not "x-session"',
    undefined,
  ],
  [
    "pools: { gpt: { members: [{ model: local }] } }",
    "3 models.gpt",
    "gpt is the name of a pool and of a model",
    "rename one of them",
  ],
  [
    "pools: { a b: { members: [{ model: gpt }] } }",
    '10 pools."a …"',
    "expected a name of letters, digits and . _ - : @ / +",
    "it begins with a letter or a digit",
  ],
  // Aliases.
  [
    "passthrough_routes: { openai: opnai }",
    "31 passthrough_routes.openai",
    'there is no provider "opnai"',
    "did you mean openai?",
  ],
  [
    "passthrough_routes: { cohere: openai }",
    "31 passthrough_routes.cohere",
    '"openai" speaks openai, not cohere',
    "nothing is translated here",
  ],
  [
    "passthrough_routes: { opena: openai }",
    "23 passthrough_routes.opena",
    "expected a protocol, or a method and a path, not opena",
    'did you mean openai?; or "POST /v1/completions"',
  ],
  [
    'passthrough_routes: { "GET /v2/x": openai }',
    '23 passthrough_routes."GET …"',
    "/v2/x is no path of the protocol openai, which this provider speaks",
    "begin with /v1/ or the like",
  ],
  ["aliases: { a: gtp }", "15 aliases.a", 'there is no pool or model "gtp"', "did you mean gpt?"],
  ["aliases: { a*b*: gpt }", "12 aliases.a*b*", "expected at most one *", "write several aliases"],
  [
    "aliases: { gpt: local }",
    "12 aliases.gpt",
    "is never used: gpt is the name of a model",
    "remove it",
  ],
  [
    "aliases: { a: b, b: gpt }",
    "15 aliases.a",
    '"b" is an alias itself',
    "name the pool or model that it leads to",
  ],
  [
    "aliases: { a: openai/gpt-5 }",
    "15 aliases.a",
    "openai does not let its models be called as openai/MODEL",
    "ad_hoc_models: true in providers.openai, or name the model under models",
  ],
  [
    "aliases: { a: opnai/gpt-5 }",
    "15 aliases.a",
    'there is no pool or model "opnai/gpt-5"',
    "known pool or models: gpt, local",
  ],
  // Listeners and auth.
  [
    "listen: 8080",
    "9 listen",
    "expected host:port, not 8080",
    "127.0.0.1:8080, or :8080 for every address",
  ],
  [
    "listen: localhost",
    "9 listen",
    'expected host:port, not "localhost"',
    "for example 127.0.0.1:8080, [::1]:8080 or :8080",
  ],
  [
    "listen: http://127.0.0.1:8080",
    "9 listen",
    'expected host:port, not "http://127.0.0.1:8080"',
    "without http:// and path",
  ],
  [
    "listen: 127.0.0.1:80800",
    "9 listen",
    'expected host:port, not "127.0.0.1:80800"',
    "a port is at most 65535",
  ],
  [
    "listen: 0.0.0.0:80",
    "9 listen",
    "0.0.0.0 can be reached from other machines, and there is no auth",
    "set auth.mode: tokens, or write auth.mode: none if that is what you want",
  ],
  [
    "auth: { mode: tokens }",
    "1 auth",
    "mode tokens needs a list of tokens",
    'tokens: [ "${CLIENT_TOKEN}" ]; `recloser keygen` makes one',
  ],
  [
    "auth: { mode: none, tokens: [t] }",
    "21 auth.tokens",
    "mode none takes no tokens",
    "mode: tokens",
  ],
  [
    "auth: { mode: keys }",
    "15 auth.mode",
    'expected one of none, tokens, passthrough, not "keys"',
    "virtual keys are not available yet; use tokens",
  ],
  [
    "auth: { mode: tokns }",
    "15 auth.mode",
    'expected one of none, tokens, passthrough, not "tokns"',
    "did you mean tokens?",
  ],
  [
    'auth: { tokens: ["a b"] }',
    "18 auth.tokens.0",
    "the secret has a space, a line break or a character that is not ASCII",
    "a secret is one word, as it goes into a header",
  ],
  [
    "auth: { tokens: [{ file: /nope }] }",
    "26 auth.tokens.0.file",
    "cannot read /nope: there is no such file",
    undefined,
  ],
  [
    "auth: { tokens: [{ file: /run/secrets/empty }] }",
    "26 auth.tokens.0.file",
    "expected a secret in the file, but there is nothing",
    "a secret is one word, as it goes into a header",
  ],
  [
    "auth: { tokens: [{ file: /run/secrets/lines }] }",
    "26 auth.tokens.0.file",
    "the secret in the file has a space, a line break or a character that is not ASCII",
    "a secret is one word, as it goes into a header",
  ],
  [
    "admin: { listen: 0.0.0.0:8081 }",
    "18 admin.listen",
    "an admin listener that others can reach needs a token",
    'token: "${RECLOSER_ADMIN_TOKEN}"',
  ],
  [
    "admin: { listen: 127.0.0.1:8080 }",
    "18 admin.listen",
    "the admin listener needs an address of its own",
    "another port, for example 127.0.0.1:8081",
  ],
];

/** An entry of `providers`, in line 2 from column 3. */
const PROVIDERS: readonly (readonly [
  entry: string,
  place: string,
  message: string,
  hint?: string | undefined,
])[] = [
  [
    "gorq: { api_key: k }",
    "3 gorq",
    "gorq is not in the catalogue, so it needs protocol and base_url",
    "did you mean groq? Otherwise add protocol: openai, base_url: http://host:8000/v1",
  ],
  [
    "my-server: { protocol: openai }",
    "3 my-server",
    "my-server is not in the catalogue, so it needs base_url",
    "base_url: http://host:8000/v1",
  ],
  [
    'my-server: { base_url: "http://h" }',
    "3 my-server",
    "my-server is not in the catalogue, so it needs protocol",
    "protocol: openai",
  ],
  [
    "x: { catalogue: azure-opnai, api_key: k }",
    "19 x.catalogue",
    'there is no "azure-opnai" in the catalogue',
    "did you mean azure-openai?",
  ],
  ["groq:", "3 groq", "a key is missing", 'api_key: "${GROQ_API_KEY}"'],
  ["groq: {}", "3 groq", "a key is missing", 'api_key: "${GROQ_API_KEY}"'],
  [
    "bedrock:",
    "3 bedrock",
    "a key is missing",
    'api_key: "${AWS_ACCESS_KEY_ID}:${AWS_SECRET_ACCESS_KEY}", or a Bedrock API key',
  ],
  [
    "groq: { api_key: a, api_keys: [b] }",
    "11 groq.api_key",
    "there is api_key as well as api_keys",
    "move it into the list",
  ],
  [
    "groq: { api_key: k, access_key_id: a }",
    "23 groq.access_key_id",
    "only providers of the protocol bedrock sign with AWS keys",
    "api_key: …",
  ],
  [
    "groq: { api_key: k, auth: sigv4 }",
    "29 groq.auth",
    "only providers of the protocol bedrock sign with AWS keys",
    "bearer, or remove it",
  ],
  [
    "bedrock: { access_key_id: a }",
    "14 bedrock.access_key_id",
    "secret_access_key is missing: it goes together with access_key_id",
    "secret_access_key: …",
  ],
  [
    "bedrock: { secret_access_key: a, session_token: t }",
    "14 bedrock.secret_access_key",
    "access_key_id is missing: it goes together with secret_access_key",
    "access_key_id: …",
  ],
  [
    'bedrock: { api_key: "AKIA:" }',
    "23 bedrock.api_key",
    "expected ACCESS:SECRET or ACCESS:SECRET:SESSION, but a part is empty",
    "is one of the variables empty?",
  ],
  [
    "azure-openai: { api_key: k }",
    "3 azure-openai",
    "resource is missing: the address of azure-openai depends on it",
    "resource: …, or base_url as a whole",
  ],
  [
    "azure-openai: { api_key: k, resource: a/b }",
    "41 azure-openai.resource",
    'expected a part of an address, not "a/b"',
    "letters, digits and . _ -",
  ],
  [
    "vertex-claude: { api_key: k, project: p }",
    "3 vertex-claude",
    "location is missing: the address of vertex-claude depends on it",
    "location: …, or base_url as a whole",
  ],
  [
    "groq: { api_key: k, region: eu }",
    "23 groq.region",
    "region has no effect: the address of groq does not depend on it",
    "remove it",
  ],
  [
    "x: { protocol: opnai, base_url: http://h }",
    "18 x.protocol",
    'expected one of openai, responses, anthropic, gemini, bedrock, cohere, not "opnai"',
    "did you mean openai?",
  ],
  [
    "x: { protocol: openai, base_url: ftp://h }",
    "36 x.base_url",
    'expected an address such as https://host/v1, not "ftp://h"',
    "is it spelt right?",
  ],
  [
    "x: { protocol: openai, base_url: localhost:8000/v1 }",
    "36 x.base_url",
    'expected an address such as https://host/v1, not "localhost:8000/v1"',
    "it begins with http:// or https://",
  ],
  [
    "x: { protocol: openai, base_url: http://h/v1/chat/completions }",
    "36 x.base_url",
    "a base URL ends before /chat/completions, which the protocol appends",
    "end it where the vendor's own SDK would be pointed",
  ],
  [
    "x: { protocol: openai, base_url: http://u:pw@h }",
    "36 x.base_url",
    "a base URL carries no user name and password",
    "api_key: …, or headers: …",
  ],
  [
    'x: { protocol: openai, base_url: "http://h?a=b" }',
    "36 x.base_url",
    "a base URL has no ? and no #",
    "path: /…?… carries a query",
  ],
  [
    "x: { protocol: openai, base_url: http://h, path: chat }",
    "52 x.path",
    'expected a path such as /v1/chat, not "chat"',
    "it begins with / and has no spaces",
  ],
  [
    "x: { protocol: openai, base_url: http://h, stream_path: /c }",
    "46 x.stream_path",
    "stream_path needs path beside it",
    "path: /…",
  ],
  [
    "ollama: { headers: { Host: x } }",
    "24 ollama.headers.Host",
    "the gateway writes this header itself",
    "remove it",
  ],
  [
    'ollama: { headers: { "X Y": x } }',
    '24 ollama.headers."X …"',
    "expected the name of a header",
    undefined,
  ],
  [
    'ollama: { headers: { x: "ä" } }',
    "27 ollama.headers.x",
    "a header has no line breaks and nothing that is not ASCII",
    undefined,
  ],
  [
    "ollama: { ca_file: /nope }",
    "22 ollama.ca_file",
    "cannot read /nope: there is no such file",
    undefined,
  ],
  [
    "ollama: { ca_file: /run/secrets/x }",
    "22 ollama.ca_file",
    "the file has no certificate in PEM form",
    "it begins with -----BEGIN CERTIFICATE-----",
  ],
  [
    "ollama: { error_map: { x: overlaoded } }",
    "29 ollama.error_map.x",
    "expected one of invalid, unauthenticated, forbidden, model-forbidden, model-unknown, too-large, context-length, content-refused, rate-limited, quota-exhausted, overloaded, server-error, timeout, not the text that is there",
    "did you mean overloaded?",
  ],
  [
    "ollama: { ad_hoc_models: yes }",
    "28 ollama.ad_hoc_models",
    'expected true or false, not "yes"',
    "true or false, without quotes",
  ],
  [
    "a/b: { protocol: openai, base_url: http://h }",
    "3 a/b",
    "expected a name of letters, digits and . _ -",
    "it begins with a letter or a digit",
  ],
  [
    "ollama: http://gpu1:11434",
    "11 ollama",
    "expected a mapping, not the text that is there",
    '{ api_key: "${VARIABLE}" }',
  ],
];

/** Whole files. */
const FILES: readonly (readonly [
  text: string,
  place: string,
  message: string,
  hint?: string | undefined,
])[] = [
  [
    "",
    "1:1 providers",
    "is missing: expected a mapping",
    'providers: { openai: { api_key: "${OPENAI_API_KEY}" } }',
  ],
  [
    "# nothing\n",
    "1:1 providers",
    "is missing: expected a mapping",
    'providers: { openai: { api_key: "${OPENAI_API_KEY}" } }',
  ],
  [
    "- a\n- b",
    "1:1 ",
    "expected a mapping, not a list",
    "its keys: listen, auth, providers, models, pools, aliases, passthrough_routes, admin, limits, responses_store, reply_model, opaque_store, losses, checks, state_file, shutdown_timeout",
  ],
  [
    "providers: [",
    "1:13 ",
    "the bracket is not closed, or what it holds is not indented enough",
    'inside { } and [ ] a variable needs quotes: "${NAME}"',
  ],
  ["providers:\n\topenai: {}", "2:1 ", "tabs cannot indent", "use spaces"],
  [
    'providers:\n  openai: { api_key: "sk-abc }\n  groq: {}\n',
    "2:22 ",
    "the quote that begins here is not closed",
    undefined,
  ],
  [
    "providers:\n  openai: { api_key: ${OPENAI_API_KEY} }",
    "2:23 ",
    "inside { } and [ ] a variable needs quotes",
    '"${NAME}"',
  ],
  [
    "providers:\n  ollama: {}\n groq: {}",
    "3:1 ",
    "the indentation does not fit the lines above",
    "keys of the same mapping begin in the same column",
  ],
  [
    "providers: {}\n---\nmodels: {}",
    "2:1 ",
    "a config is one document",
    "remove the line --- and what belongs to the other document",
  ],
  [
    "providers: !secret x",
    "1:12 ",
    "not a tag that is known",
    "put a text that begins with ! in quotes",
  ],
  [
    "providers: *nobody",
    "1:12 ",
    "there is no anchor of this name above",
    'put a text that begins with * in quotes: "*"',
  ],
];

/** What references to the environment may look like, in `models.m.model` of line 2. */
const REFERENCES: readonly (readonly [text: string, message: string, hint: string])[] = [
  ["${NOPE}", "environment variable NOPE is not set", "set it, or give a default: ${NOPE:-value}"],
  ["${EMPTY}", "environment variable EMPTY is empty", "set it, or give a default: ${EMPTY:-value}"],
  [
    "${LINES}",
    "environment variable LINES holds a line break or another control character",
    'printf %s "$LINES" | od -c shows them',
  ],
  [
    "${}",
    'expected ${NAME} or ${NAME:-default}, not "${}"',
    "write $${ where the text itself is meant",
  ],
  [
    "${a-b}",
    'expected ${NAME} or ${NAME:-default}, not "${a-b}"',
    "write $${ where the text itself is meant",
  ],
  [
    "x ${OPEN",
    'expected ${NAME} or ${NAME:-default}, not "${OPEN"',
    "write $${ where the text itself is meant",
  ],
  [
    "${A:-${B}}",
    "a default cannot name another variable",
    "write $${ where the text itself is meant",
  ],
];

function told(path: string, message: string, hint: string | undefined): Expected {
  return { path, message, ...(hint === undefined ? {} : { hint }) };
}

describe("a problem has its place, what was expected, and a way out", () => {
  test.each([...ADDED])("%s", (text, place, message, hint) => {
    const [column, path = ""] = place.split(/ (.*)/);
    const found = problem(BASE + text);
    const { line, ...rest } = found;
    expect(rest).toMatchObject({ column: Number(column), ...told(path, message, hint) });
    // Of two names for one thing, the model's is reported, which stands above; a repeated key, where it stands again.
    expect(line).toBe(path === "models.gpt" ? 5 : text.startsWith("limits:\n") ? LINE + 1 : LINE);
    if (hint === undefined && !message.startsWith("unknown key"))
      expect(found.hint).toBeUndefined();
  });

  test.each([...PROVIDERS])("%s", (entry, place, message, hint) => {
    const [column, path = ""] = place.split(/ (.*)/);
    expect(problem(`providers:\n  ${entry}`)).toMatchObject({
      line: 2,
      column: Number(column),
      ...told(`providers.${path}`, message, hint),
    });
  });

  test.each([...FILES])("%s", (text, place, message, hint) => {
    const [at, path = ""] = place.split(/ (.*)/);
    const found = problem(text);
    expect(`${found.line}:${found.column}`).toBe(at ?? "");
    expect(found).toMatchObject(told(path, message, hint));
  });

  test.each([...REFERENCES])("%s", (text, message, hint) => {
    const source = `providers: { ollama: }\nmodels: { m: { provider: ollama, model: "${text}" } }`;
    expect(problem(source, { EMPTY: "", LINES: "a\nb" })).toMatchObject({
      line: 2,
      column: 41,
      ...told("models.m.model", message, hint),
    });
  });
});

describe("all problems are told at once", () => {
  test("misspelt keys, wrong types, unset variables and dead names together, in the order of the file", () => {
    const found = problems(`listen: nowhere
providers: { openai: { api_key: "\${NOPE}", protocl: openai } }
models: { gpt: { provider: opnai } }
pools: { p: { members: [{ model: x, weight: -1 }, 7, { model: y }], failover: { timeout: 1 } } }
alias: {}
limits: { max_body_bytes: "\${ALSO_NOT}" }
`);
    expect(found.map(({ path, line }) => `${line} ${path}`)).toEqual([
      "1 listen",
      "2 providers.openai.api_key",
      "2 providers.openai.protocl",
      "3 models.gpt.provider",
      "4 pools.p.members.0.model",
      "4 pools.p.members.0.weight",
      "4 pools.p.members.1",
      "4 pools.p.members.2.model",
      "4 pools.p.failover.timeout",
      "5 alias",
      "6 limits.max_body_bytes",
    ]);
  });

  test.each([
    [
      "a misspelt mode is no missing auth",
      "listen: 0.0.0.0:80\nauth: { mode: tokns }\nproviders: { ollama: }",
      "auth.mode",
    ],
    [
      "a misspelt key is no missing key",
      "providers: { groq: { api_kye: k } }",
      "providers.groq.api_kye",
    ],
    [
      "a misspelt member is no missing one",
      "providers: { ollama: }\nmodels: { m: { povider: ollama } }",
      "models.m.povider",
    ],
    [
      "a model that is wrong is still there",
      "providers: { ollama: }\nmodels: { m: { provider: ollama, max_output: x } }\naliases: { a: m }",
      "models.m.max_output",
    ],
    [
      "a provider that is wrong is still there",
      "providers: { ollama: 7 }\nmodels: { m: { provider: ollama } }\npools: { p: { members: [{ model: m }] } }",
      "providers.ollama",
    ],
    [
      "a pool that is wrong is still there",
      "providers: { ollama: }\nmodels: { m: { provider: ollama } }\npools: { p: { members: x }, q: { members: [{ model: m }], on_exhausted: { pool: p } } }",
      "pools.p.members",
    ],
    [
      "a secret that cannot be read is no missing key",
      "providers: { groq: { api_key: { file: /nope } } }",
      "providers.groq.api_key.file",
    ],
    [
      "a variable that is not set is no wrong value",
      'providers: { ollama: }\nshutdown_timeout: "${NOPE}"',
      "shutdown_timeout",
    ],
  ])("%s", (_what, text, path) => {
    expect(problem(text).path).toBe(path);
  });

  test("a circle of pools is told at each of its pools, and a chain into it is not one", () => {
    const members = "members: [{ model: gpt }]";
    const found = problems(`${BASE}pools:
  a: { ${members}, on_exhausted: { pool: b } }
  b: { ${members}, on_exhausted: { pool: c } }
  c: { ${members}, on_exhausted: { pool: b } }
`);
    expect(found.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      "pools.b.on_exhausted.pool: pools run in a circle: b → c → b",
      "pools.c.on_exhausted.pool: pools run in a circle: c → b → c",
    ]);
  });

  test("brackets that nest without end are refused", () => {
    expect(problem(`providers: ${"[".repeat(100_000)}`).message).toBe("nested too deeply");
  });

  test("aliases that blow the file up are refused", () => {
    const levels = Array.from({ length: 20 }, (_, n) =>
      n === 0 ? "a0: &a0 [x, x, x, x]" : `a${n}: &a${n} [*a${n - 1}, *a${n - 1}, *a${n - 1}]`,
    );
    expect(problem(levels.join("\n")).message).toBe("aliases repeat too much");
  });

  test("names that objects have by themselves are no providers", () => {
    const found = problems(
      "providers: { constructor: { api_key: k }, __proto__: { api_key: k } }\nmodels: { m: { provider: toString } }",
    );
    expect(found.map(({ path }) => path)).toContain("models.m.provider");
    expect(found.map(({ path }) => path)).toContain("providers.constructor");
  });
});

test("a file with a byte order mark and Windows line ends has the same places", () => {
  const text = "\uFEFFproviders:\r\n  openai: { api_key: k }\r\nauht: {}\r\n";
  expect(problem(text)).toMatchObject({ line: 3, column: 1, path: "auht" });
  expect(load(text.replace("auht: {}", "")).ok).toBe(true);
});
