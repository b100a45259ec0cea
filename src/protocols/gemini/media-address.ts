// Media by address: the server wants to be told what it leads to (translation.md B.2 R07).
import type { Media } from "../../ir/block.ts";
import { mimeOfName } from "../kit/media.ts";
import type { MediaKind, Target } from "../protocol.ts";

/** Media by address. */
export type Address = Extract<Media, { kind: "url" }>;

const PUBLIC = /^https?:\/\//i;
const VIDEO_SITE = /^https?:\/\/(?:www\.|m\.)?(?:youtube\.com|youtu\.be)\//i;

/** Whether an address is one that anybody can reach, unlike those of the vendor's stores. */
export function isPublic(url: string): boolean {
  return PUBLIC.test(url);
}

/** Whether an address is a page of the vendor's own video site, which the server knows without a type. */
export function isVideoSite(url: string): boolean {
  return VIDEO_SITE.test(url);
}

/** The type as it was told, or as the ending says; `undefined`: only who fetches it can know. */
export function typeOf({ url, mime }: Address): string | undefined {
  return mime ?? mimeOfName(url);
}

/** Whether the server can do something with the address as it stands. */
export function isUnderstood(address: Address): boolean {
  const { url } = address;
  return typeOf(address) !== undefined || isVideoSite(url) || !isPublic(url);
}

/** See `Codec.request.takesUrl`. Newer models fetch public addresses themselves (translation.md C.3, R07 and R11). */
export function takesUrl(_: MediaKind, target: Target, address: Address): boolean {
  return target.capabilities.fetchesUrls !== false && isUnderstood(address);
}
