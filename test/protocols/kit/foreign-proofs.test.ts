import { expect, test } from "bun:test";
import { judgeForeignProofs } from "../../../src/protocols/kit/foreign-proofs.ts";
import { GOOGLE_VENDOR } from "../../../src/protocols/kit/google-vendor.ts";
import { verdicts } from "../../../src/protocols/kit/verdicts.ts";
import { places } from "../../../src/protocols/gemini/places.ts";
import { targetWith } from "../gemini/harness.ts";

test("a token that only another vendor takes is the smaller loss", () => {
  const fates = verdicts({ uses: [{ id: "R62", path: "/1" }] }, places);
  const opaque = [{ vendor: "other", kind: "signature", data: "x" }] as const;
  const blocks = [{ kind: "thinking", text: "", form: "raw", redacted: false, opaque }] as const;
  const turn = { role: "assistant", place: "inline", blocks, path: "/1" } as const;
  judgeForeignProofs(turn, { target: targetWith({}), verdicts: fates });
  expect(fates.report().losses).toEqual([{ id: "B08", path: "/1", level: "X" }]);
  expect(GOOGLE_VENDOR).toBe("google");
});
