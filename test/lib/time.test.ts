import { expect, test } from "bun:test";
import { parseDuration } from "../../src/lib/time.ts";

test.each([
  { text: "250ms", milliseconds: 250 },
  { text: "15s", milliseconds: 15_000 },
  { text: "2m", milliseconds: 120_000 },
  { text: "1h", milliseconds: 3_600_000 },
  { text: "1.5s", milliseconds: 1500 },
  { text: "0s", milliseconds: 0 },
  { text: " 30s ", milliseconds: 30_000 },
])("$text is $milliseconds ms", ({ text, milliseconds }) => {
  const parsed = parseDuration(text);
  expect(parsed.ok ? Number(parsed.value) : parsed.error).toBe(milliseconds);
});

test.each(["", "15", "s", "-1s", "1 s", "1d", "1e3s", "1s1ms", ".5s", "Infinitys"])(
  "%p is no duration, and the error says what is",
  (text) => {
    const parsed = parseDuration(text);
    expect(parsed.ok ? undefined : parsed.error).toContain("250ms, 15s, 2m or 1h");
  },
);
