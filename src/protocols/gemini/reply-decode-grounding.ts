// Citations of a reply to the texts that they are about, and what else stands beside an answer.
import { asRecord } from "../../lib/json.ts";
import type { Block } from "../../ir/block.ts";
import type { Residue } from "../../ir/request.ts";
import type { Fields } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";
import {
  citationFeature,
  decodeGrounding,
  placeGrounding,
  type CitableText,
  type PlacedCitation,
} from "./citations.ts";

/** The blocks with their citations. `indexes`: of their parts. */
export function groundBlocks(
  blocks: readonly Block[],
  indexes: readonly number[],
  candidate: Fields,
  notes: Notes,
): readonly Block[] {
  const texts = blocks.flatMap((block, at): readonly CitableText[] =>
    block.kind === "text" ? [{ part: indexes[at] ?? at, text: block.text }] : [],
  );
  const placed = citationsIn(candidate, texts, notes);
  if (placed.length === 0) return blocks;
  return blocks.map((block, at) => {
    if (block.kind !== "text") return block;
    const own = placed.filter(({ part }) => part === (indexes[at] ?? at));
    const citations = own.map(({ citation }) => citation);
    return citations.length === 0 ? block : { ...block, citations };
  });
}

/** The citations of a candidate's grounding that belong to these texts. */
export function citationsIn(
  candidate: Fields,
  texts: readonly CitableText[],
  notes: Notes,
): readonly PlacedCitation[] {
  const metadata = asRecord(candidate.record["groundingMetadata"]);
  if (metadata?.["searchEntryPoint"] !== undefined)
    notes.use("S07d", `${candidate.at("groundingMetadata")}/searchEntryPoint`);
  return decodeGrounding(metadata, notes.document).flatMap((grounding) => {
    const placed = placeGrounding(grounding, texts);
    if (placed === undefined) return [];
    const path = `${candidate.at("groundingMetadata")}/groundingSupports/${grounding.support}`;
    notes.use(citationFeature(placed.citation), path);
    return [placed];
  });
}

/** What a candidate says beside its answer, in the vendor's own form. */
export function candidateResidues(candidate: Fields): readonly Residue[] {
  const grounding = asRecord(candidate.record["groundingMetadata"]);
  const isEmpty = grounding !== undefined && Object.keys(grounding).length === 0;
  if (isEmpty) candidate.skip("groundingMetadata");
  return [
    ...(isEmpty ? [] : candidate.residue("groundingMetadata", "S00")),
    ...candidate.residue("safetyRatings", "S13"),
    ...candidate.residue("citationMetadata", "S07a"),
    ...candidate.rest("S00"),
  ];
}
