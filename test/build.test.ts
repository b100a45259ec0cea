// The ZIP writer, read back by the words of the format's own description (APPNOTE.TXT), not by our writer's code.
import { expect, test } from "bun:test";
import { inflateRawSync } from "node:zlib";
import { zipOf } from "../build.ts";

test("the archive holds the file, its checksum and its mode", async () => {
  const content = new TextEncoder().encode("123456789".repeat(1000));
  const zip = Buffer.from(await zipOf("recloser.exe", content));
  const end = zip.length - 22;
  expect(zip.readUInt32LE(end)).toBe(0x06054b50);
  expect(zip.readUInt16LE(end + 10)).toBe(1);
  const central = zip.readUInt32LE(end + 16);
  expect(zip.readUInt32LE(central)).toBe(0x02014b50);
  expect(central + zip.readUInt32LE(end + 12)).toBe(end);
  expect(zip.readUInt32LE(central + 24)).toBe(content.length);
  expect(zip.readUInt32LE(central + 38) >>> 16).toBe(0o100755);
  const nameLength = zip.readUInt16LE(central + 28);
  expect(zip.toString("utf8", central + 46, central + 46 + nameLength)).toBe("recloser.exe");
  const local = zip.readUInt32LE(central + 42);
  expect(zip.readUInt32LE(local)).toBe(0x04034b50);
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const size = zip.readUInt32LE(central + 20);
  expect(inflateRawSync(zip.subarray(start, start + size))).toEqual(Buffer.from(content));
});

test("the checksum is CRC-32", async () => {
  // The check value of CRC-32/ISO-HDLC in every catalogue of checksums.
  const zip = Buffer.from(await zipOf("a", new TextEncoder().encode("123456789")));
  expect(zip.readUInt32LE(14)).toBe(0xcbf43926);
});

test("equal content gives an equal archive", async () => {
  const content = crypto.getRandomValues(new Uint8Array(1000));
  expect(await zipOf("a", content)).toEqual(await zipOf("a", content));
});
