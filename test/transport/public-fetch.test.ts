// Fetching on a client's word: what leads inside is refused, whatever form it takes.
import { afterEach, describe, expect, test } from "bun:test";
import { createPublicFetch, type PublicFetch } from "../../src/transport/public-fetch.ts";

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const PNG = Buffer.from("89504e470d0a1a0a", "hex");

function serve(fetch: (request: Request) => Response): number {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch });
  cleanups.push(() => server.stop(true));
  const { port } = server;
  if (port === undefined) throw new Error("no port");
  return port;
}

/** A world in which some names lead to this machine, and only the ports of these servers are public. */
function worldOf(names: Record<string, readonly string[]>, ports: readonly number[]): PublicFetch {
  return createPublicFetch({
    resolve: (name) => {
      const addresses = names[name];
      return addresses === undefined ? Promise.reject(new Error(name)) : Promise.resolve(addresses);
    },
    isAllowed: (address, port) => address === "127.0.0.1" && ports.includes(port),
  });
}

function request(url: string, maxBytes = 1000): Parameters<PublicFetch>[0] {
  return {
    url,
    maxBytes,
    wants: (type) => type.startsWith("image/"),
    signal: AbortSignal.timeout(5000),
  };
}

const image = (): Response => new Response(PNG, { headers: { "content-type": "image/png; q=1" } });

describe("a public address", () => {
  test("is fetched under its own name, which is asked for once", async () => {
    const hosts: (string | null)[] = [];
    const port = serve((asked) => {
      hosts.push(asked.headers.get("host"));
      return image();
    });
    const fetched = await worldOf({ "pictures.test": ["127.0.0.1"] }, [port])(
      request(`http://pictures.test:${port}/a.png`),
    );
    expect(fetched).toEqual({ ok: true, value: { bytes: PNG, type: "image/png" } });
    expect(hosts).toEqual([`pictures.test:${port}`]);
  });

  test("may lead to another public one", async () => {
    const port = serve((asked) =>
      asked.url.endsWith("/old") ? Response.redirect("/new", 302) : image(),
    );
    const get = worldOf({ a: ["127.0.0.1"] }, [port]);
    expect(await get(request(`http://a:${port}/old`))).toMatchObject({ ok: true });
  });
});

describe("what is refused", () => {
  const refused = (get: PublicFetch, url: string, maxBytes?: number) =>
    get(request(url, maxBytes)).then((result) => (result.ok ? "fetched" : result.error));

  test("E052 private, loopback, link-local and metadata addresses, in any spelling", async () => {
    const get = createPublicFetch();
    for (const host of [
      "127.0.0.1",
      "localhost",
      "2130706433",
      "0x7f.1",
      "0177.0.0.1",
      "10.0.0.1",
      "192.168.1.1",
      "169.254.169.254",
      "[::1]",
      "[::ffff:127.0.0.1]",
      "[fd00:ec2::254]",
      "[fe80::1]",
      "0.0.0.0",
    ]) {
      expect(await refused(get, `http://${host}/`)).toBe("its address is not a public one");
    }
  });

  test("ports other than those of the web", async () => {
    expect(await refused(createPublicFetch(), "http://8.8.8.8:6379/")).toBe(
      "its address is not a public one",
    );
  });

  test("a name with one private address among public ones", async () => {
    const port = serve(image);
    const get = worldOf({ mixed: ["127.0.0.1", "10.0.0.1"] }, [port]);
    expect(await refused(get, `http://mixed:${port}/`)).toBe("its address is not a public one");
  });

  test("a redirect to a private address", async () => {
    const inside = serve(image);
    const port = serve(() => Response.redirect(`http://127.0.0.1:${inside}/secret`, 302));
    const get = worldOf({ a: ["127.0.0.1"] }, [port]);
    expect(await refused(get, `http://a:${port}/`)).toBe("its address is not a public one");
  });

  test("a name that changes its mind between two redirects", async () => {
    let asked = 0;
    const port = serve(() => Response.redirect("/again", 302));
    const get = createPublicFetch({
      resolve: () => {
        asked += 1;
        return Promise.resolve([asked === 1 ? "127.0.0.1" : "10.0.0.1"]);
      },
      isAllowed: (address) => address === "127.0.0.1",
    });
    expect(await refused(get, `http://a:${port}/`)).toBe("its address is not a public one");
  });

  test("redirects without end, other schemes, credentials, wrong types, errors", async () => {
    const port = serve((asked) => {
      const { pathname } = new URL(asked.url);
      if (pathname === "/loop") return Response.redirect("/loop", 302);
      if (pathname === "/file") return Response.redirect("file:///etc/passwd", 302);
      if (pathname === "/html")
        return new Response("<p>", { headers: { "content-type": "text/html" } });
      return new Response("no", { status: 404 });
    });
    const get = worldOf({ a: ["127.0.0.1"] }, [port]);
    const at = (path: string): Promise<string> => refused(get, `http://a:${port}${path}`);
    expect(await at("/loop")).toBe("it redirects more than 5 times");
    expect(await at("/file")).toBe("only http and https addresses are fetched");
    expect(await at("/html")).toBe('its content type "text/html" is not wanted there');
    expect(await at("/gone")).toBe("it answered with status 404");
    expect(await refused(get, "ftp://a/")).toBe("only http and https addresses are fetched");
    expect(await refused(get, "nonsense")).toBe("it is not a URL");
    expect(await refused(get, `http://user:pw@a:${port}/`)).toBe(
      "addresses with a user name or password are not fetched",
    );
    expect(await refused(get, `http://unknown.test:${port}/`)).toBe(
      "its host name does not resolve",
    );
  });

  test("more than was allowed, announced or not", async () => {
    const big = new Uint8Array(5000);
    const port = serve((asked) => {
      const headers = { "content-type": "image/png" };
      if (asked.url.endsWith("/announced")) return new Response(big, { headers });
      const pieces = new ReadableStream({
        start(controller) {
          controller.enqueue(big);
          controller.close();
        },
      });
      return new Response(pieces, { headers });
    });
    const get = worldOf({ a: ["127.0.0.1"] }, [port]);
    for (const path of ["/announced", "/streamed"]) {
      expect(await refused(get, `http://a:${port}${path}`)).toBe("it is larger than 1000 bytes");
    }
  });
});
