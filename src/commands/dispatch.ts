// Finds the command that a command line asks for and loads only that command's code.
import { EXIT, type CommandIo, type CommandModule } from "./io.ts";
import { helpOf, isCommandName, overview, unknownCommand, type CommandName } from "./help.ts";

/** Literal paths, so that the bundler sees them; a command's code is evaluated only when it is asked for. */
const LOADERS = {
  serve: () => import("./serve.ts"),
  check: () => import("./check.ts"),
  demo: () => import("./demo.ts"),
  mock: () => import("./mock.ts"),
  translate: () => import("./translate.ts"),
  status: () => import("./status.ts"),
  explain: () => import("./explain.ts"),
  drain: () => import("./drain.ts"),
  undrain: () => import("./undrain.ts"),
  keygen: () => import("./keygen.ts"),
  version: () => import("./version.ts"),
  help: () => import("./help.ts"),
} satisfies Record<CommandName, () => Promise<CommandModule>>;

/** What a command line asks for. */
export type Invocation =
  | { readonly kind: "run"; readonly name: CommandName; readonly args: readonly string[] }
  | { readonly kind: "overview" }
  | { readonly kind: "help"; readonly name: CommandName }
  | { readonly kind: "unknown"; readonly word: string };

/** Reads the arguments after the program's name; without a command they belong to `serve`. */
export function readInvocation(args: readonly string[]): Invocation {
  const [first, ...rest] = args;
  if (first === "--help" || first === "-h") return { kind: "overview" };
  if (first === "--version" || first === "-V") return forCommand("version", rest);
  if (first === undefined || first.startsWith("-")) return forCommand("serve", args);
  return isCommandName(first) ? forCommand(first, rest) : { kind: "unknown", word: first };
}

/** Runs what the command line asks for and returns the exit code. */
export async function dispatch(args: readonly string[], io: CommandIo): Promise<number> {
  const invocation = readInvocation(args);
  switch (invocation.kind) {
    case "overview":
      io.stdout(overview());
      return EXIT.ok;
    case "help":
      io.stdout(helpOf(invocation.name));
      return EXIT.ok;
    case "unknown":
      io.stderr(unknownCommand(invocation.word));
      return EXIT.usage;
    case "run": {
      const command: CommandModule = await LOADERS[invocation.name]();
      return command.run(invocation.args, io);
    }
  }
}

function forCommand(name: CommandName, args: readonly string[]): Invocation {
  const wantsHelp = args.includes("--help") || args.includes("-h");
  return wantsHelp ? { kind: "help", name } : { kind: "run", name, args };
}
