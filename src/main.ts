// The program: runs the command line in the world of this process and exits with its code.
// No top-level await anywhere in this project, because the compiled program starts from bytecode.
import { dispatch } from "./commands/dispatch.ts";
import { processIo } from "./commands/process-io.ts";

async function main(): Promise<void> {
  const io = processIo();
  const code = await dispatch(process.argv.slice(2), io);
  await io.flushed();
  process.exit(code);
}

// An exception that reaches this point is our own bug: the runtime prints it and exits with 1.
void main();
