import { expect, test } from "bun:test";
import type { LossId } from "../../../src/ir/loss.ts";
import { jsonText } from "../../support/json-text.ts";
import { decodeRequest as decodeResponses } from "../responses/harness.ts";
import { compatible, encodeRequest, foreign, OPENAI } from "../openai/harness.ts";

/** A request of another dialect that has one member of its own. */
function having(path: string, id: LossId) {
  const ext = [{ dialect: "elsewhere", path, text: jsonText('{"a":1.0}'), id }];
  return foreign({ ext, uses: [{ id, path }] });
}

test("what both of the vendor's protocols spell alike is sent to the vendor, and not reported", () => {
  const request = decodeResponses({
    prompt_cache_options: { mode: "explicit", ttl: "30m" },
    prompt_cache_retention: "24h",
    user: "ada",
  });
  const { body, report } = encodeRequest(request, OPENAI);
  expect(body).toMatchObject({
    prompt_cache_options: { mode: "explicit", ttl: "30m" },
    prompt_cache_retention: "24h",
    user: "ada",
  });
  expect(report.losses).toEqual([]);
});

test("how closely to look at a file is told as lost where only images have it", () => {
  const request = decodeResponses({
    input: [
      {
        role: "user",
        content: [
          { type: "input_image", image_url: "https://example.com/a.png", detail: "low" },
          { type: "input_file", file_id: "file_1", detail: "high" },
        ],
      },
    ],
  });
  const { report } = encodeRequest(request, OPENAI);
  expect(report.losses).toEqual([{ id: "R09", path: "/input/0/content/1/detail", level: "X" }]);
});

test("what only the other protocol knows is reported", () => {
  const { body, report } = encodeRequest(having("/text/vendor_tone", "R00"), OPENAI);
  expect(JSON.stringify(body)).not.toContain("1.0");
  expect(report.losses).toEqual([{ id: "R00", path: "/text/vendor_tone", level: "X" }]);
});

test("a name that means something else in another dialect is not taken for the vendor's own", () => {
  const { body } = encodeRequest(having("/user", "R00"), OPENAI);
  expect(body["user"]).toBeUndefined();
});

test("compatible servers are not sent what only the vendor knows", () => {
  const { body, report } = encodeRequest(having("/moderation", "R75"), compatible());
  expect(body["moderation"]).toBeUndefined();
  expect(report.losses).toEqual([{ id: "R75", path: "/moderation", level: "X" }]);
});
