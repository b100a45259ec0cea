// The real streams and signals of a process, seen from outside.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { processIo } from "../../src/commands/process-io.ts";

const FIXTURES = join(import.meta.dir, "..", "fixtures", "commands");

function start(fixture: string) {
  return Bun.spawn([process.execPath, join(FIXTURES, fixture)], {
    stdout: "pipe",
    stderr: "inherit",
    stdin: "ignore",
  });
}

/** Reads standard output line by line; each call waits for the next line. */
function lineReader(stream: ReadableStream<Uint8Array>): () => Promise<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  return async () => {
    while (!rest.includes("\n")) {
      const { done, value } = await reader.read();
      if (done) return rest;
      rest += decoder.decode(value, { stream: true });
    }
    const line = rest.slice(0, rest.indexOf("\n"));
    rest = rest.slice(line.length + 1);
    return line;
  };
}

test.each(["SIGTERM", "SIGINT"] as const)(
  "the first %s asks to stop, the second ends the process",
  async (signal) => {
    const child = start("stop.ts");
    const line = lineReader(child.stdout);
    expect(await line()).toBe("ready");
    child.kill("SIGHUP");
    expect(await line()).toBe("hangup");
    child.kill(signal);
    expect(await line()).toBe("stopping");
    expect(child.exitCode).toBeNull();
    child.kill(signal);
    await child.exited;
    expect(child.signalCode).toBe(signal);
  },
);

test("everything written arrives although the process exits at once", async () => {
  const child = start("flood.ts");
  expect((await child.stdout.bytes()).length).toBe(10_000_000);
  expect(await child.exited).toBe(3);
});

test("a reader that leaves early is no failure", async () => {
  const child = start("flood.ts");
  await child.stdout.cancel();
  expect(await child.exited).toBe(0);
});

test("a file is read relative to the working directory, and what is missing is named", async () => {
  const io = processIo();
  const found = await io.readFile("package.json");
  expect(found.ok ? new TextDecoder().decode(found.value) : found.error).toContain("recloser");
  const missing = await io.readFile("no/such/file");
  expect(missing.ok ? undefined : missing.error).toContain("no/such/file");
});
