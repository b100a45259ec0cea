// Kept conversations in a SQLite file: they outlive the process, and processes of one machine may share them.
import { Database } from "bun:sqlite";
import type { Bounds } from "../cache/bounded.ts";
import type { StateStore } from "../gateway/state-store.ts";
import type { StateRecord } from "../protocols/state.ts";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS records (
  tenant TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
  text TEXT NOT NULL, bytes INTEGER NOT NULL, expires INTEGER NOT NULL, used INTEGER NOT NULL,
  PRIMARY KEY (tenant, kind, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS records_used ON records (used);
CREATE INDEX IF NOT EXISTS records_expires ON records (expires);
CREATE TABLE IF NOT EXISTS totals (entries INTEGER NOT NULL, bytes INTEGER NOT NULL);
INSERT INTO totals SELECT 0, 0 WHERE NOT EXISTS (SELECT 1 FROM totals);
CREATE TRIGGER IF NOT EXISTS records_added AFTER INSERT ON records BEGIN
  UPDATE totals SET entries = entries + 1, bytes = bytes + new.bytes;
END;
CREATE TRIGGER IF NOT EXISTS records_removed AFTER DELETE ON records BEGIN
  UPDATE totals SET entries = entries - 1, bytes = bytes - old.bytes;
END;`;

/** How long one process waits for another one that writes. */
const BUSY_MS = 5000;
/** Records that are put out at a time. */
const BATCH = 64;

type Key = { tenant: string; kind: string; id: string };

/** Opens or creates the file; throws if that is impossible. `now` is a wall clock in milliseconds. */
export function openSqliteStore(
  path: string,
  bounds: Bounds,
  now: () => number,
): Omit<StateStore, "settings"> & { readonly close: () => void } {
  const database = new Database(path, { create: true, strict: true });
  database.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
  database.run("PRAGMA journal_mode = WAL");
  database.run("PRAGMA synchronous = NORMAL");
  database.run(SCHEMA);
  const statements = prepare(database);
  // The number of the last use; those of other processes count too.
  const nextUse = (): number => (statements.lastUse.get()?.used ?? 0) + 1;

  const put = database.transaction((tenant: string, records: readonly StateRecord[]): void => {
    const expires = now() + bounds.ttl;
    let used = nextUse();
    statements.expire.run({ now: now() });
    for (const { kind, id, text } of records) {
      const key = { tenant, kind, id };
      statements.remove.run(key);
      statements.add.run({ ...key, text, bytes: Buffer.byteLength(text), expires, used: used++ });
    }
    makeRoom();
  });
  const makeRoom = (): void => {
    for (;;) {
      const { entries, bytes } = statements.totals.get() ?? { entries: 0, bytes: 0 };
      const surplus = entries - bounds.maxEntries;
      if (surplus <= 0 && bytes <= bounds.maxBytes) return;
      // One at a time where only the size is too large: the last one may be as large as many.
      statements.putOut.run({ count: bytes > bounds.maxBytes ? 1 : Math.min(surplus, BATCH) });
    }
  };
  return {
    view: (tenant) => ({
      get: (kind, id) => {
        const key: Key = { tenant, kind, id };
        const text = statements.find.get({ ...key, now: now() })?.text;
        if (text !== undefined) statements.touch.run({ ...key, used: nextUse() });
        return text;
      },
      put: (records) => put.immediate(tenant, records),
      remove: (kind, id) => {
        const key: Key = { tenant, kind, id };
        const found = statements.find.get({ ...key, now: now() }) !== null;
        statements.remove.run(key);
        return found;
      },
    }),
    close: () => database.close(),
  };
}

/** Prepared once: they are run for every call. */
function prepare(database: Database) {
  const where = "tenant = $tenant AND kind = $kind AND id = $id";
  return {
    find: database.query<{ text: string }, Key & { now: number }>(
      `SELECT text FROM records WHERE ${where} AND expires > $now`,
    ),
    touch: database.query<unknown, Key & { used: number }>(
      `UPDATE records SET used = $used WHERE ${where}`,
    ),
    add: database.query<
      unknown,
      Key & { text: string; bytes: number; expires: number; used: number }
    >("INSERT INTO records VALUES ($tenant, $kind, $id, $text, $bytes, $expires, $used)"),
    remove: database.query<unknown, Key>(`DELETE FROM records WHERE ${where}`),
    expire: database.query<unknown, { now: number }>("DELETE FROM records WHERE expires <= $now"),
    putOut: database.query<unknown, { count: number }>(
      `DELETE FROM records WHERE (tenant, kind, id) IN
        (SELECT tenant, kind, id FROM records ORDER BY used LIMIT $count)`,
    ),
    lastUse: database.query<{ used: number | null }, []>("SELECT MAX(used) AS used FROM records"),
    totals: database.query<{ entries: number; bytes: number }, []>(
      "SELECT entries, bytes FROM totals",
    ),
  };
}
