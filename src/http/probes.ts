// `/healthz` and `/readyz`, open on both listeners (interface.md).

/** Answers a probe; `undefined` for any other path. */
export function probe(path: string, ready: boolean): Response | undefined {
  switch (path) {
    case "/healthz":
      return plain(200, "ok\n");
    case "/readyz":
      return ready ? plain(200, "ready\n") : plain(503, "draining\n");
    default:
      return undefined;
  }
}

function plain(status: number, text: string): Response {
  return new Response(text, { status, headers: { "content-type": "text/plain; charset=utf-8" } });
}
