// Error bodies that are no JSON: a proxy's HTML page, a line of text.

const MAX_TEXT = 2000;

/** The words of a page or text, tags taken off; a sentence with the status if there are none. */
export function plainMessage(text: string, status: number): string {
  const words = text
    .replace(/<(style|script|head)[\s\S]*?<\/\1>/gi, " ")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return words === "" ? `the upstream answered ${status}` : words.slice(0, MAX_TEXT);
}
