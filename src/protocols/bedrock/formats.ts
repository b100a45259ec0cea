// How Converse names formats, and the types that they are (Bedrock API reference: ImageBlock, DocumentBlock, VideoBlock,
// AudioBlock).

/** Kinds of media that have a format. */
export type FormatKind = "image" | "document" | "video" | "audio";

const FORMATS: Readonly<Record<FormatKind, Readonly<Record<string, string>>>> = {
  image: { png: "image/png", jpeg: "image/jpeg", gif: "image/gif", webp: "image/webp" },
  document: {
    pdf: "application/pdf",
    csv: "text/csv",
    doc: "application/msword",
    docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    xls: "application/vnd.ms-excel",
    xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    html: "text/html",
    txt: "text/plain",
    md: "text/markdown",
  },
  video: {
    mkv: "video/x-matroska",
    mov: "video/quicktime",
    mp4: "video/mp4",
    webm: "video/webm",
    flv: "video/x-flv",
    mpeg: "video/mpeg",
    mpg: "video/mpeg",
    wmv: "video/x-ms-wmv",
    three_gp: "video/3gpp",
  },
  audio: {
    mp3: "audio/mpeg",
    opus: "audio/opus",
    wav: "audio/wav",
    aac: "audio/aac",
    flac: "audio/flac",
    mp4: "audio/mp4",
    ogg: "audio/ogg",
    mkv: "audio/x-matroska",
  },
};

/** The type of a format; one that is not known here is made of its name. */
export function mimeOfFormat(kind: FormatKind, format: string): string {
  const known = Object.hasOwn(FORMATS[kind], format) ? FORMATS[kind][format] : undefined;
  return known ?? `${kind === "document" ? "application" : kind}/${format}`;
}

/** The format of a type; `undefined`: the service takes no such files. */
export function formatOfMime(kind: FormatKind, mime: string): string | undefined {
  const rows = FORMATS[kind];
  return Object.keys(rows).find((format) => rows[format] === mime);
}
