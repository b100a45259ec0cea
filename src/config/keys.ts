// Which keys may stand where, read off the shape itself: for hints.
import type { Path } from "./problem.ts";
import { shape } from "./shape.ts";

/** The keys that may stand at a path; of all branches, where there are several. */
export function keysAt(path: Path): readonly string[] {
  let schemas: readonly unknown[] = alternatives(shape);
  for (const segment of path) {
    schemas = schemas.flatMap((schema) => alternatives(child(schema, segment)));
  }
  return [...new Set(schemas.flatMap(ownKeys))];
}

/** Every key that the shape knows, wherever it may stand. */
export function allKeys(): ReadonlySet<string> {
  const found = new Set<string>();
  const collect = (schema: unknown): void => {
    for (const inner of alternatives(schema)) {
      for (const key of ownKeys(inner)) {
        found.add(key);
        collect(child(inner, key));
      }
      collect(entries(inner));
    }
  };
  collect(shape);
  return found;
}

/** The kind of a schema: `string`, `object`, … */
export function kindOf(schema: unknown): string {
  return String(member(member(schema, "def"), "type"));
}

/** The schemas behind unions, `optional` and `nullable`. */
function alternatives(schema: unknown): readonly unknown[] {
  if (schema === undefined) return [];
  const definition = member(schema, "def");
  const options = member(definition, "options");
  if (Array.isArray(options)) return options.flatMap((option) => alternatives(option));
  const inner = member(definition, "innerType");
  return inner === undefined ? [schema] : alternatives(inner);
}

function ownKeys(schema: unknown): readonly string[] {
  const inner = member(member(schema, "def"), "shape");
  return typeof inner === "object" && inner !== null ? Object.keys(inner) : [];
}

function child(schema: unknown, segment: PropertyKey): unknown {
  const definition = member(schema, "def");
  const named = member(definition, "shape");
  return named === undefined ? entries(schema) : member(named, segment);
}

/** The schema of what a list or a mapping of free names holds. */
function entries(schema: unknown): unknown {
  const definition = member(schema, "def");
  return member(definition, "valueType") ?? member(definition, "element");
}

function member(value: unknown, key: PropertyKey): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}
