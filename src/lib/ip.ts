// Which addresses belong to the public internet (IANA special-purpose address registries, RFC 6890 and its updates).

/** Ranges of IPv4 that are not for the public: first address and length of the prefix. */
const RESERVED_V4: readonly (readonly [base: string, bits: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
];

/** Parts of the global unicast range of IPv6, 2000::/3, that are not for the public, as their first groups. */
const RESERVED_V6: readonly (readonly [groups: readonly number[], bits: number])[] = [
  // Protocol assignments, Teredo and benchmarking among them.
  [[0x2001, 0x0000], 23],
  [[0x2001, 0x0db8], 32],
  // 6to4 leads to any IPv4 address.
  [[0x2002], 16],
  [[0x3fff, 0x0000], 20],
];

/** Whether a text is an address of the public internet; anything that is no address is not. */
export function isPublicAddress(text: string): boolean {
  const v4 = parseV4(text);
  if (v4 !== undefined) return isPublicV4(v4);
  const groups = parseV6(text);
  return groups !== undefined && isPublicV6(groups);
}

function parseV4(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const bytes = match.slice(1).map(Number);
  return bytes.some((byte) => byte > 255)
    ? undefined
    : bytes.reduce((whole, byte) => whole * 256 + byte, 0);
}

function isPublicV4(address: number): boolean {
  return !RESERVED_V4.some(([base, bits]) => {
    const size = 2 ** (32 - bits);
    return Math.floor(address / size) === Math.floor((parseV4(base) ?? 0) / size);
  });
}

const GROUPS = 8;

/** The eight groups of an address; `undefined` if the text is none. A zone makes it a link's own. */
function parseV6(text: string): readonly number[] | undefined {
  const [head = "", tail, ...more] = text.split("::");
  if (more.length > 0 || !/^[\da-f:.]+$/i.test(text)) return undefined;
  const left = groupsOf(head);
  const right = tail === undefined ? [] : groupsOf(tail);
  if (left === undefined || right === undefined) return undefined;
  const missing = GROUPS - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...left, ...Array.from({ length: missing }, () => 0), ...right];
}

function groupsOf(text: string): readonly number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  for (const part of text.split(":")) {
    const v4 = part.includes(".") ? parseV4(part) : undefined;
    if (v4 !== undefined) groups.push(Math.floor(v4 / 0x10000), v4 % 0x10000);
    else if (/^[\da-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

function isPublicV6(groups: readonly number[]): boolean {
  const [first = 0] = groups;
  // An IPv4 address in the form of IPv6 is what it stands for; NAT64's well-known prefix leads to one too.
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  const translated =
    first === 0x64 && groups[1] === 0xff9b && groups.slice(2, 6).every((group) => group === 0);
  if (mapped || translated) return isPublicV4((groups[6] ?? 0) * 0x10000 + (groups[7] ?? 0));
  if (first >> 13 !== 1) return false;
  return !RESERVED_V6.some(([prefix, bits]) => sharesPrefix(groups, prefix, bits));
}

function sharesPrefix(groups: readonly number[], prefix: readonly number[], bits: number): boolean {
  return prefix.every((group, at) => {
    const counted = Math.min(Math.max(bits - at * 16, 0), 16);
    const drop = 16 - counted;
    return (groups[at] ?? 0) >> drop === group >> drop;
  });
}
