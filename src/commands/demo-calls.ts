// The calls of the demo, and whether their answers hold what was said.
import { answerText, SAMPLE_CALLS } from "../mock/calls.ts";
import { PROTOCOL_NAMES, type ProtocolName } from "../protocols/registry.ts";

/** One pair of protocols. */
export type Pair = {
  readonly client: ProtocolName;
  readonly provider: ProtocolName;
  readonly outcome: "worked" | "failed";
  /** Why it failed. */
  readonly detail?: string;
};

const WORDS = "reclosers close themselves again after a fault";

/** Sends a buffered and a streamed call of `client`'s protocol to the model of `provider`'s. */
export async function callPair(
  url: string,
  client: ProtocolName,
  provider: ProtocolName,
): Promise<Pair> {
  for (const stream of [false, true]) {
    const { status, text } = await call(url, client, `${provider}-model`, stream);
    if (status !== 200 || !text.includes(WORDS)) {
      const detail = `${stream ? "streamed" : "buffered"}: status ${status}, text ${JSON.stringify(text)}`;
      return { client, provider, outcome: "failed", detail };
    }
  }
  return { client, provider, outcome: "worked" };
}

type Answered = { readonly status: number; readonly text: string; readonly route: string };

async function call(
  url: string,
  client: ProtocolName,
  model: string,
  stream: boolean,
): Promise<Answered> {
  const { path, body } = SAMPLE_CALLS[client]({ model, words: WORDS, stream });
  const response = await fetch(url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  return {
    status: response.status,
    text: answerText(bytes, response.headers.get("content-type") ?? ""),
    route: response.headers.get("x-recloser-route") ?? "",
  };
}

/** What the failover looked like. */
export type Failover = { readonly ok: boolean; readonly text: string };

/** Calls a pool whose first member is broken; the answer must come from the other one. */
export async function showFailover(url: string): Promise<Failover> {
  const [client] = PROTOCOL_NAMES;
  if (client === undefined) return { ok: false, text: "there is no protocol" };
  const { status, text, route } = await call(url, client, "demo", false);
  const ok = status === 200 && text.includes(WORDS) && route.endsWith("attempts=2");
  const first = "failover: broken-model answered 503, so the call went on";
  return ok
    ? { ok, text: `${first}: ${route}` }
    : { ok, text: `failover did not happen: status ${status}, route ${route}` };
}
