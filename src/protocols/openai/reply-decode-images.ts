// Pictures that a model drew, where OpenRouter puts them: `images:[{type:"image_url",image_url:{url}}]`.
import { asArray, asRecord, asString } from "../../lib/json.ts";
import type { ImageBlock } from "../../ir/block.ts";
import type { Residue } from "../../ir/request.ts";
import type { Fields } from "../kit/fields.ts";
import { parseDataUrl } from "../kit/media.ts";
import type { Notes } from "../kit/notes.ts";

/** The pictures of a message or delta, and the member verbatim for this dialect's own clients. */
export function decodeImages(
  message: Fields,
  notes: Notes,
): { readonly blocks: readonly ImageBlock[]; readonly residues: readonly Residue[] } {
  const blocks = (asArray(message.record["images"]) ?? []).flatMap((entry): ImageBlock[] => {
    const url = asString(asRecord(asRecord(entry)?.["image_url"])?.["url"]);
    if (url === undefined) return [];
    return [{ kind: "image", media: parseDataUrl(url) ?? { kind: "url", url } }];
  });
  if (blocks.length === 0) return { blocks, residues: [] };
  notes.use("S19i", message.at("images"));
  return { blocks, residues: message.residue("images", "S19i") };
}
