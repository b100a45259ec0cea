// The fenced blocks of a Markdown document, so that what it shows can be executed.

/** One block: the words after the fence and the text inside. */
export type Fence = {
  readonly language: string;
  /** What follows the language, such as a file name. */
  readonly info: string;
  readonly text: string;
  /** Line of the opening fence, counted from 1. */
  readonly line: number;
};

/** Finds the blocks fenced with three or more backticks (CommonMark 4.5; fences that are indented are not looked at). */
export function fences(markdown: string): readonly Fence[] {
  const found: Fence[] = [];
  const lines = markdown.split("\n");
  for (let index = 0; index < lines.length; index += 1) {
    const opening = /^(`{3,})\s*(\S*)\s*(.*)$/.exec(lines[index] ?? "");
    if (opening === null) continue;
    const [, ticks = "", language = "", info = ""] = opening;
    const start = index + 1;
    const isEnd = (line: string): boolean =>
      /^`{3,}\s*$/.test(line) && line.trim().length >= ticks.length;
    do index += 1;
    while (index < lines.length && !isEnd(lines[index] ?? ""));
    const text = `${lines.slice(start, index).join("\n")}\n`;
    found.push({ language, info: info.trim(), text, line: start });
  }
  return found;
}
