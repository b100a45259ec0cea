// Builds the executable: `bun run build` for this machine, `bun build.ts --all` for every platform, with archives and
// checksums. Bun itself fetches its executables for other platforms from the npm registry, once.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { constants, crc32, deflateRaw } from "node:zlib";
import { version } from "./package.json";

const ROOT = import.meta.dir;
const DIST = join(ROOT, "dist");

/** What can be built: the name users see, Bun's own name for it, and how it is packed. */
const TARGETS = [
  { name: "linux-x64", bun: "bun-linux-x64", archive: "xz" },
  { name: "linux-x64-musl", bun: "bun-linux-x64-musl", archive: "xz" },
  { name: "linux-arm64", bun: "bun-linux-arm64", archive: "xz" },
  { name: "darwin-arm64", bun: "bun-darwin-arm64", archive: "xz" },
  { name: "darwin-x64", bun: "bun-darwin-x64", archive: "xz" },
  { name: "windows-x64", bun: "bun-windows-x64", archive: "zip" },
] as const satisfies readonly {
  readonly name: string;
  readonly bun: Bun.Build.CompileTarget;
  readonly archive: "xz" | "zip";
}[];

/** One executable to make. */
type Job = {
  /** What `recloser version` prints as the target. */
  readonly name: string;
  /** Absent: the machine that builds. */
  readonly target?: Bun.Build.CompileTarget;
  /** Where the executable goes; its source map is put beside it, with `.map` after the name. */
  readonly outfile: string;
};

/** Builds for this machine and returns the path of the executable. */
export async function buildHere(outfile: string = join(DIST, executableName())): Promise<string> {
  return compile({ name: await hostTarget(), outfile }, await commit());
}

/**
 * Bundles and compiles. The files are moved into place when complete, so that a program which starts the old
 * executable meanwhile never sees half of the new one.
 */
async function compile(job: Job, builtFrom: string): Promise<string> {
  const scratch = join(dirname(job.outfile), `.build-${process.pid}-${job.name}`);
  await mkdir(scratch, { recursive: true });
  try {
    const result = await Bun.build({
      entrypoints: [join(ROOT, "src", "main.ts")],
      target: "bun",
      minify: true,
      bytecode: true,
      sourcemap: "external",
      define: {
        RECLOSER_COMMIT: JSON.stringify(builtFrom),
        RECLOSER_TARGET: JSON.stringify(job.name),
      },
      compile: {
        ...(job.target === undefined ? {} : { target: job.target }),
        outfile: join(scratch, basename(job.outfile)),
        // The config file and the environment are all that may change what a gateway does.
        autoloadDotenv: false,
        autoloadBunfig: false,
      },
    });
    if (!result.success) throw new AggregateError(result.logs, `cannot build ${job.name}`);
    await moveOut(scratch, job.outfile);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return job.outfile;
}

/** Moves the executable and its source map, whatever the bundler called it, out of the scratch folder. */
async function moveOut(scratch: string, outfile: string): Promise<void> {
  for (const file of await readdir(scratch)) {
    const to = file.endsWith(".map") ? `${outfile}.map` : outfile;
    await rename(join(scratch, file), to);
  }
}

/** Builds, packs and sums up every target. */
async function buildAll(): Promise<void> {
  const xz = Bun.which("xz");
  if (xz === null) {
    throw new Error("--all needs the program xz (Debian: xz-utils, Homebrew: xz) to pack");
  }
  const builtFrom = await commit();
  const made: string[] = [];
  for (const { name, bun, archive } of TARGETS) {
    const executable = join(DIST, `recloser-${name}${archive === "zip" ? ".exe" : ""}`);
    await compile({ name, target: bun, outfile: executable }, builtFrom);
    made.push(
      executable,
      archive === "zip" ? await packZip(executable) : await packXz(executable, xz),
    );
  }
  await writeSums(made);
}

async function packXz(file: string, program: string): Promise<string> {
  const child = Bun.spawn([program, "--keep", "--force", "--threads=0", "-6", file], {
    stderr: "inherit",
  });
  if ((await child.exited) !== 0) throw new Error(`xz failed on ${file}`);
  return `${file}.xz`;
}

async function packZip(file: string): Promise<string> {
  const archive = file.replace(/\.exe$/, ".zip");
  await writeFile(archive, await zipOf("recloser.exe", await readFile(file)));
  return archive;
}

/** Writes the checksums in the form that `sha256sum --check` reads, and prints the sizes. */
async function writeSums(files: readonly string[]): Promise<void> {
  const lines: string[] = [];
  for (const file of files) {
    const bytes = await readFile(file);
    lines.push(`${createHash("sha256").update(bytes).digest("hex")}  ${basename(file)}`);
    report(file, bytes.length);
  }
  await writeFile(join(DIST, "SHA256SUMS"), `${lines.join("\n")}\n`);
}

/**
 * A ZIP archive with one deflated, executable file (APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16). Its date is the format's
 * earliest, so that equal input gives an equal archive. Throws for content of 4 GiB or more, which needs another form.
 */
export async function zipOf(name: string, content: Uint8Array): Promise<Uint8Array> {
  if (content.length >= 2 ** 32) throw new RangeError("too large for a plain ZIP archive");
  const data = await promisify(deflateRaw)(content, { level: constants.Z_BEST_COMPRESSION });
  const nameBytes = Buffer.from(name, "utf8");
  // Both headers share these fields: version needed 2.0, UTF-8 name, deflate, time, date, CRC, sizes, lengths.
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(0x0800, 2);
  common.writeUInt16LE(8, 4);
  common.writeUInt16LE(0x0021, 8);
  common.writeUInt32LE(crc32(content), 10);
  common.writeUInt32LE(data.length, 14);
  common.writeUInt32LE(content.length, 18);
  common.writeUInt16LE(nameBytes.length, 22);
  const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, nameBytes, data]);
  // Made on Unix (3) by version 2.0; then no comment, disk 0, no internal attributes, mode 0755, offset 0.
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE((0o100755 << 16) >>> 0, 6);
  const central = Buffer.concat([
    Buffer.from("PK\x01\x02"),
    Buffer.of(20, 3),
    common,
    rest,
    nameBytes,
  ]);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

function executableName(): string {
  return process.platform === "win32" ? "recloser.exe" : "recloser";
}

/** The name of the machine that builds, in the words of `TARGETS`. */
async function hostTarget(): Promise<string> {
  const names: Readonly<Record<string, string>> = { win32: "windows" };
  const system = names[process.platform] ?? process.platform;
  const libc = process.platform === "linux" && (await usesMusl()) ? "-musl" : "";
  return `${system}-${process.arch}${libc}`;
}

/** Whether this Bun is linked against musl, whose loader is the program's own and named after it. */
async function usesMusl(): Promise<boolean> {
  const maps = await readFile("/proc/self/maps", "utf8").catch(() => "");
  return maps.includes("/ld-musl-");
}

/** The commit being built, `-dirty` if files differ from it, or `unknown` outside a Git checkout. */
async function commit(): Promise<string> {
  const child = Bun.spawn(
    ["git", "describe", "--always", "--dirty", "--exclude=*", "--abbrev=12"],
    {
      cwd: ROOT,
      stderr: "ignore",
    },
  );
  const name = (await child.stdout.text()).trim();
  return (await child.exited) === 0 && name !== "" ? name : "unknown";
}

function report(file: string, size: number): void {
  console.log(`${basename(file).padEnd(32)}${(size / 1e6).toFixed(1).padStart(8)} MB`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { all: { type: "boolean" } } });
  console.log(`recloser ${version}, commit ${await commit()}, Bun ${Bun.version}`);
  if (values.all === true) return buildAll();
  const file = await buildHere();
  report(file, (await readFile(file)).length);
}

if (import.meta.main) await main();
