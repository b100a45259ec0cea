// Tells systemd about the state of the service: one datagram to the socket named by NOTIFY_SOCKET (sd_notify(3)).
// Bun has no AF_UNIX datagram socket, so libc is called through bun:ffi, which is loaded only when systemd asks
// (docs/adr/0002-systemd-notification-through-ffi.md). Nothing in here blocks or throws.
import { err, ok, type Result } from "./lib/result.ts";

/** One assignment of sd_notify(3): `READY=1`, `RELOADING=1`, `STOPPING=1`, `STATUS=…`, `MONOTONIC_USEC=…`. */
export type StateLine =
  `${"READY" | "RELOADING" | "STOPPING" | "STATUS" | "MONOTONIC_USEC"}=${string}`;

/** glibc, then musl; tried in this order. */
const LIBC = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"] as const;

// Values of the Linux kernel's ABI, equal on x86-64 and arm64.
const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 0o2000002;
const MSG_DONTWAIT_NOSIGNAL = 0x4040;
/** `sizeof(sockaddr_un.sun_path)`. */
const MAX_PATH_BYTES = 108;

/**
 * Sends `lines` to systemd. Returns false when no one asked to be told (`NOTIFY_SOCKET` is not set), true when the
 * kernel took the datagram, and a sentence when it could not be sent.
 */
export async function notifySystemd(
  env: Readonly<Record<string, string | undefined>>,
  lines: readonly StateLine[],
): Promise<Result<boolean, string>> {
  const path = env["NOTIFY_SOCKET"] ?? "";
  if (path === "") return ok(false);
  if (process.platform !== "linux") return err("NOTIFY_SOCKET is set on a system without systemd");
  const address = socketAddress(path);
  if (address === undefined) return err(`NOTIFY_SOCKET is not an address of ours: ${path}`);
  const libc = await openLibc();
  if (libc === undefined) return err("cannot notify systemd: no libc found");
  return send(libc, address, new TextEncoder().encode(lines.join("\n")));
}

/**
 * Encodes a `sockaddr_un` for a path (NUL at the end) or, where it starts with `@`, for a name in Linux's abstract
 * name space (NUL at the start, length counted). Returns undefined for any other form or one that is too long.
 */
export function socketAddress(path: string): Uint8Array<ArrayBuffer> | undefined {
  const abstract = path.startsWith("@");
  if (!abstract && !path.startsWith("/")) return undefined;
  const name = new TextEncoder().encode(abstract ? `\0${path.slice(1)}` : `${path}\0`);
  if (name.length > MAX_PATH_BYTES) return undefined;
  const address = new Uint8Array(2 + name.length);
  // sa_family_t is in the byte order of the host; both processors that Bun supports are little-endian.
  new DataView(address.buffer).setUint16(0, AF_UNIX, true);
  address.set(name, 2);
  return address;
}

type Libc = {
  readonly socket: (domain: number, type: number, protocol: number) => number;
  readonly sendTo: (fd: number, data: Uint8Array, flags: number, address: Uint8Array) => bigint;
  readonly close: (fd: number) => number;
};

function send(libc: Libc, address: Uint8Array, data: Uint8Array): Result<true, string> {
  const fd = libc.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
  if (fd < 0) return err("cannot notify systemd: no socket");
  const sent = libc.sendTo(fd, data, MSG_DONTWAIT_NOSIGNAL, address);
  libc.close(fd);
  return sent === BigInt(data.length)
    ? ok(true)
    : err("cannot notify systemd: the datagram was refused");
}

async function openLibc(): Promise<Libc | undefined> {
  const { dlopen, ptr } = await import("bun:ffi");
  for (const name of LIBC) {
    try {
      const { symbols } = dlopen(name, {
        socket: { args: ["i32", "i32", "i32"], returns: "i32" },
        sendto: { args: ["i32", "ptr", "u64", "i32", "ptr", "u32"], returns: "i64" },
        close: { args: ["i32"], returns: "i32" },
      });
      return {
        socket: symbols.socket,
        sendTo: (fd, data, flags, address) =>
          symbols.sendto(fd, ptr(data), data.length, flags, ptr(address), address.length),
        close: symbols.close,
      };
    } catch {
      // This system has another libc; the next name is tried, and the caller reports when none was found.
    }
  }
  return undefined;
}
