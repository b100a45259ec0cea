// How many cases a law draws for each pair: 500, or what RECLOSER_LAW_RUNS says, as the nightly run does with 10,000.

const WANTED = Number(process.env["RECLOSER_LAW_RUNS"] ?? "500");

/** Cases for each pair of a law about drawn documents. */
export const LAW_RUNS = Number.isSafeInteger(WANTED) && WANTED > 0 ? WANTED : 500;

/** How long the cases of one test may take, in milliseconds. */
export const PATIENCE_MS = Math.max(60_000, LAW_RUNS * 120);
