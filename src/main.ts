// The program: runs the command line in the world of this process and exits with its code.
// No top-level await anywhere in this project, because the compiled program starts from bytecode.
import { dispatch } from "./commands/dispatch.ts";
import { EXIT } from "./commands/io.ts";
import { flushed, processIo } from "./commands/process-io.ts";

async function main(): Promise<void> {
  // A reader that has seen enough, such as `| head`, is no failure.
  process.stdout.on("error", () => process.exit(EXIT.ok));
  const code = await dispatch(process.argv.slice(2), processIo());
  await flushed();
  process.exit(code);
}

// An exception that reaches this point is our own bug: the runtime prints it and exits with 1.
void main();
