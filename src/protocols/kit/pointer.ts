// JSON pointers (RFC 6901): how uses, losses and residues say where they are.

/** The pointer of a member or element. */
export function pointer(parent: string, key: string | number): string {
  return `${parent}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** The unescaped segments of a pointer; none for the whole document. */
export function segments(path: string): readonly string[] {
  const [, ...parts] = path.split("/");
  return parts.map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Whether `path` is `parent` or lies below it. */
export function isWithin(path: string, parent: string): boolean {
  return path === parent || path.startsWith(`${parent}/`);
}

/** The same place as OpenAI's errors spell it: `messages[0].content`. */
export function dotted(path: string): string {
  return segments(path).reduce((text, part) => {
    if (/^\d+$/.test(part)) return `${text}[${part}]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
}
