// Counting tokens: contents alone, or a whole request inside.
import { expect, test } from "bun:test";
import { count } from "../../../src/protocols/gemini/count.ts";
import { document, reread } from "../../support/documents.ts";

const CHAT = {
  contents: [{ role: "user", parts: [{ text: "x" }] }],
  systemInstruction: { parts: [] },
};

test("both forms of a request read as one to generate", () => {
  for (const body of [
    CHAT,
    { generateContentRequest: { model: "models/m", ...CHAT } },
    { generate_content_request: CHAT },
  ]) {
    const chat = count.unwrap(document(body));
    expect(chat.ok ? chat.value.root : undefined).toMatchObject(CHAT);
  }
});

test("the request is counted without what only generating takes", () => {
  const body = document({ ...CHAT, generationConfig: { maxOutputTokens: 5 }, safetySettings: [] });
  const request = (model: string) => ({ generateContentRequest: { model, ...CHAT } });
  expect(reread(count.wrap(body, "m"))).toEqual(request("models/m"));
  expect(reread(count.wrap(body, "tunedModels/m"))).toEqual(request("tunedModels/m"));
});

test("replies", () => {
  expect(count.read({ totalTokens: 7 })).toBe(7);
  expect(count.read({})).toBe(0);
  expect(count.read([])).toBeUndefined();
  expect(count.write(7)).toEqual({ totalTokens: 7 });
});
