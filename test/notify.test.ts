// The receiving end is a real AF_UNIX datagram socket, opened through libc because Bun has none of its own. That the
// address is right is judged by the kernel: a path appears in the file system, an abstract name in /proc/net/unix.
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { dlopen, ptr } from "bun:ffi";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { notifySystemd, socketAddress } from "../src/notify.ts";

const EAGAIN = -1n;
const directory = mkdtempSync(join(tmpdir(), "recloser-notify-"));
const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function libc(name: string) {
  return dlopen(name, {
    socket: { args: ["i32", "i32", "i32"], returns: "i32" },
    bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
    recv: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
    close: { args: ["i32"], returns: "i32" },
  }).symbols;
}

function openAnyLibc(): ReturnType<typeof libc> {
  try {
    return libc("libc.so.6");
  } catch {
    return libc(`libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`);
  }
}

/** Binds a datagram socket; `receive` returns the next datagram that has arrived, or undefined. */
function listen(address: Uint8Array): { receive: () => string | undefined } {
  const c = openAnyLibc();
  const fd = c.socket(1, 2, 0);
  expect(c.bind(fd, ptr(address), address.length)).toBe(0);
  closers.push(() => c.close(fd));
  return {
    receive: () => {
      const buffer = new Uint8Array(4096);
      const length = c.recv(fd, ptr(buffer), buffer.length, 0x40);
      return length === EAGAIN
        ? undefined
        : new TextDecoder().decode(buffer.subarray(0, Number(length)));
    },
  };
}

function address(path: string): Uint8Array {
  const encoded = socketAddress(path);
  if (encoded === undefined) throw new Error(`no address for ${path}`);
  return encoded;
}

describe.skipIf(process.platform !== "linux")("notifying systemd", () => {
  test("a path receives all lines in one datagram", async () => {
    const path = join(directory, "socket");
    const server = listen(address(path));
    expect(existsSync(path)).toBe(true);
    const sent = await notifySystemd({ NOTIFY_SOCKET: path }, ["READY=1", "STATUS=serving"]);
    expect(sent).toEqual({ ok: true, value: true });
    expect(server.receive()).toBe("READY=1\nSTATUS=serving");
    expect(server.receive()).toBeUndefined();
  });

  test("an abstract name, written with @, receives the datagram too", async () => {
    const name = `@recloser-${process.pid}-${crypto.randomUUID()}`;
    const server = listen(address(name));
    expect(readFileSync("/proc/net/unix", "utf8")).toContain(`${name}\n`);
    expect(await notifySystemd({ NOTIFY_SOCKET: name }, ["STOPPING=1"])).toEqual({
      ok: true,
      value: true,
    });
    expect(server.receive()).toBe("STOPPING=1");
  });

  test("without NOTIFY_SOCKET nothing is sent and nothing is wrong", async () => {
    expect(await notifySystemd({}, ["READY=1"])).toEqual({ ok: true, value: false });
    expect(await notifySystemd({ NOTIFY_SOCKET: "" }, ["READY=1"])).toEqual({
      ok: true,
      value: false,
    });
  });

  test("a socket nobody listens on is reported, not thrown", async () => {
    const sent = await notifySystemd({ NOTIFY_SOCKET: join(directory, "absent") }, ["READY=1"]);
    expect(sent.ok).toBe(false);
  });

  test.each(["relative/path", "vsock:2:1234", `/${"x".repeat(107)}`])(
    "%p is refused as an address",
    async (path) => {
      expect(socketAddress(path)).toBeUndefined();
      expect((await notifySystemd({ NOTIFY_SOCKET: path }, ["READY=1"])).ok).toBe(false);
    },
  );
});
