// `recloser check` as a person sees it: what it prints and its exit code.
import { describe, expect, test } from "bun:test";
import { run } from "../../src/commands/check.ts";
import { recordingIo, type Given } from "../support/command-io.ts";

const VALID = "providers: { ollama: }\nmodels: { m: { provider: ollama } }\n";

async function check(args: readonly string[], given: Given) {
  const io = recordingIo(given);
  const code = await run(args, io);
  return { code, out: io.out(), errors: io.errors() };
}

const checkText = (text: string, ...args: string[]) =>
  check(["--config", "c.yaml", ...args], { files: { "c.yaml": text }, env: {} });

describe("a valid file", () => {
  test("is summed up in a line", async () => {
    expect(await checkText(VALID)).toEqual({
      code: 0,
      out: "c.yaml is valid: listens on 127.0.0.1:8080, auth none, 1 provider, 1 model, 0 pools\n",
      errors: "",
    });
  });

  test("that lets nothing be called gets a note, and is still valid", async () => {
    const { code, out } = await checkText("providers: { ollama: }");
    expect(code).toBe(0);
    expect(out).toContain("note: no model can be called yet");
    expect((await checkText("providers: { ollama: { ad_hoc_models: true } }")).out).not.toContain(
      "note",
    );
  });

  test("shows an IPv6 address in brackets", async () => {
    expect((await checkText(`listen: "[::1]:80"\n${VALID}`)).out).toContain("listens on [::1]:80,");
  });

  test("is valid as JSON", async () => {
    const { code, out } = await checkText(VALID, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ valid: true, file: "c.yaml", problems: [] });
  });
});

describe("a file with mistakes", () => {
  const WRONG = `listen: 8080
providers: { ollama: }
models:
\tm: { provider: olama }
`.replace("\t", "  ");

  test("is shown line by line, with a caret and a way out", async () => {
    const { code, out, errors } = await checkText(WRONG);
    expect({ code, errors }).toEqual({ code: 1, errors: "" });
    expect(out).toBe(`c.yaml:1:9: listen: expected host:port, not 8080
    1 | listen: 8080
      |         ^
      = hint: 127.0.0.1:8080, or :8080 for every address

c.yaml:4:18: models.m.provider: there is no provider "olama"
    4 |   m: { provider: olama }
      |                  ^
      = hint: did you mean ollama?

2 problems in c.yaml
`);
  });

  test("has the same problems as JSON", async () => {
    const { code, out } = await checkText(WRONG, "--json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      valid: false,
      file: "c.yaml",
      problems: [
        {
          file: "c.yaml",
          line: 1,
          column: 9,
          path: "listen",
          message: "expected host:port, not 8080",
          hint: "127.0.0.1:8080, or :8080 for every address",
        },
        {
          file: "c.yaml",
          line: 4,
          column: 18,
          path: "models.m.provider",
          message: 'there is no provider "olama"',
          hint: "did you mean ollama?",
        },
      ],
    });
  });

  test("keeps tabs and drops carriage returns, so that the caret stands right", async () => {
    const { out } = await checkText(
      "providers: { ollama: }\r\nmodels: {\tm:\t{ provider: x } }\r\n",
    );
    expect(out).toContain(
      "    2 | models: {\tm:\t{ provider: x } }\n      |          \t  \t            ^\n",
    );
  });

  test("shows the shape of a line that may hold a secret, not the secret", async () => {
    const { out } = await checkText(
      `providers: { groq: { api_key: "gsk-1", bse_url: x, region: "\${R:-y}" } }\n`,
    );
    expect(out).toContain(
      '    1 | providers: { groq: { api_key: "…", bse_url: …, region: "${R:-…}" } }\n',
    );
    expect(out).toContain("      |                                    ^\n");
  });

  test("leaves out lines that would wrap", async () => {
    const { out } = await checkText(`${VALID}${"x".repeat(200)}: 1\n`);
    expect(out.split("\n").filter((line) => line.includes(" | "))).toEqual([]);
  });

  test("is coloured on a terminal only", async () => {
    const io = { ...recordingIo({ files: { "c.yaml": WRONG } }), color: true };
    const recorded = recordingIo();
    await run(["--config", "c.yaml"], { ...io, stdout: recorded.stdout });
    expect(recorded.out()).toContain("\u001b[31m^\u001b[0m");
    expect((await checkText(WRONG)).out).not.toContain("\u001b");
  });
});

describe("the file", () => {
  const named = async (given: Given, ...args: string[]) => {
    const { out } = await check(args, given);
    return out.split(" ", 1)[0];
  };

  test("is the one that is named, else the environment's, else ./recloser.yaml, else that of /etc", async () => {
    const files = {
      "a.yaml": VALID,
      "b.yaml": VALID,
      "./recloser.yaml": VALID,
      "/etc/recloser/recloser.yaml": VALID,
    };
    const { "./recloser.yaml": _, ...rest } = files;
    const env = { RECLOSER_CONFIG: "b.yaml" };
    expect(await named({ files, env }, "--config", "a.yaml")).toBe("a.yaml");
    expect(await named({ files, env })).toBe("b.yaml");
    expect(await named({ files, env: { RECLOSER_CONFIG: "" } })).toBe("./recloser.yaml");
    expect(await named({ files: rest })).toBe("/etc/recloser/recloser.yaml");
  });

  test("that nobody finds is an answer, not a wrong use", async () => {
    const missing = await check([], { files: {} });
    expect(missing).toMatchObject({ code: 1, out: "" });
    expect(missing.errors).toBe(
      "recloser: no config file: give --config FILE, set RECLOSER_CONFIG, or write ./recloser.yaml or /etc/recloser/recloser.yaml\n",
    );
    const json = await check(["--json", "--config", "x.yaml"], { files: {} });
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({
      valid: false,
      problems: [],
      message: "cannot read x.yaml",
    });
  });

  test("must be UTF-8", async () => {
    const io = recordingIo();
    const bytes = new Uint8Array([0x61, 0xff]);
    const code = await run(["--config", "c.yaml"], {
      ...io,
      readFile: () => Promise.resolve({ ok: true, value: bytes }),
    });
    expect({ code, errors: io.errors() }).toEqual({
      code: 1,
      errors: "recloser: c.yaml is not UTF-8 text\n",
    });
  });
});

test.each([
  [["--confg", "x"], "recloser check: unknown option '--confg', did you mean '--config'?\n"],
  [["x.yaml"], "recloser check: unexpected argument 'x.yaml'\n"],
  [["--config"], "recloser check: option '--config' needs a value\n"],
])("wrong use exits with 2 and says so: %p", async (args, errors) => {
  expect(await check(args, {})).toEqual({ code: 2, out: "", errors });
});
