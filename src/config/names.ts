// What providers, models, pools and aliases may be called: the names appear in paths, headers and metrics.
import type { Path } from "./problem.ts";
import type { Resolving } from "./resolving.ts";

/** What is called so. */
export type Named = "provider" | "model" | "pool" | "alias";

/** Longer names would not fit into headers and metrics comfortably. */
const MAX_LENGTH = 200;

const RULES = {
  provider: {
    section: "providers",
    form: /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    expected: "letters, digits and . _ -",
  },
  model: {
    section: "models",
    form: /^[A-Za-z0-9][A-Za-z0-9._:@/+-]*$/,
    expected: "letters, digits and . _ - : @ / +",
  },
  pool: {
    section: "pools",
    form: /^[A-Za-z0-9][A-Za-z0-9._:@/+-]*$/,
    expected: "letters, digits and . _ - : @ / +",
  },
  alias: {
    section: "aliases",
    form: /^[A-Za-z0-9*][A-Za-z0-9._:@/+*-]*$/,
    expected: "letters, digits and . _ - : @ / +, and one *",
  },
} as const satisfies Record<Named, unknown>;

/** Reports a name that could not be called. */
export function checkName(name: string, kind: Named, context: Resolving): void {
  const { section, form, expected } = RULES[kind];
  const path: Path = [section, name];
  const report = (message: string, hint: string): void =>
    context.report({ path, atKey: true, message, hint });
  if (/\$\{/.test(name)) {
    report("variables are not filled into names", "write the name out");
  } else if (!form.test(name)) {
    report(`expected a name of ${expected}`, "it begins with a letter or a digit");
  } else if (name.length > MAX_LENGTH) {
    report(`expected a name of at most ${MAX_LENGTH} characters`, "an alias may be shorter");
  } else if (name.split("*").length > 2) {
    report("expected at most one *", "write several aliases");
  }
}
