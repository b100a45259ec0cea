// Speech of a streamed answer: base64 pieces that are only a file when joined, so the block goes out whole at the end.
import { compact, filled } from "../../lib/compact.ts";
import type { Event } from "../../ir/event.ts";
import type { Residue } from "../../ir/request.ts";
import type { Fields } from "../kit/fields.ts";
import { inline } from "../kit/media.ts";
import type { Notes } from "../kit/notes.ts";
import type { Blocks } from "./stream-decode-choice.ts";

/** Collects the speech of one answer. */
export type AudioGatherer = {
  readonly push: (delta: Fields, notes: Notes) => void;
  readonly finish: () => readonly Event[];
};

/** Most characters of base64 that are collected; what is beyond is cut off. */
const MAX_AUDIO = 64 * 1024 * 1024;

/** Starts to collect. */
export function audioGatherer(blocks: Blocks): AudioGatherer {
  const data: string[] = [];
  let size = 0;
  let transcript = "";
  const ext = new Map<string, Residue>();
  return {
    push: (delta, notes) => {
      const audio = delta.fields("audio");
      if (audio === undefined) return;
      const piece = audio.string("data") ?? "";
      const words = audio.string("transcript") ?? "";
      if (piece !== "" || words !== "") notes.use("S19", audio.path);
      if (size + piece.length <= MAX_AUDIO) data.push(piece);
      size += piece.length;
      transcript += words;
      for (const residue of audio.rest("S00")) ext.set(residue.path, residue);
    },
    finish: () => {
      if (size === 0 && transcript === "") return [];
      const block = compact({
        kind: "audio",
        media: inline(undefined, data.join("")),
        transcript: transcript === "" ? undefined : transcript,
        ext: filled([...ext.values()]),
      });
      const { index, event } = blocks.open({ kind: "whole", block });
      return [event, blocks.close(index)];
    },
  };
}
