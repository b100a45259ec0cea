// Offsets of citations count Unicode code points, strings count UTF-16 units (translation.md B.9, units).

/** Number of Unicode code points in a text. */
export function codePoints(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    // The second half of a pair does not count again.
    if (unit < 0xdc00 || unit > 0xdfff) count += 1;
  }
  return count;
}
