// Counts that say nothing: several vendors list every service and detail with zeros.
import { asRecord, type Json } from "../../lib/json.ts";

/** Whether a member of a usage object is zero, or an object of nothing but zeros. */
function isZero(value: Json | undefined): boolean {
  const record = asRecord(value);
  return value === 0 || (record !== undefined && Object.values(record).every(isZero));
}

/** The members of a usage object that say nothing. */
export function zeroMembers(record: { readonly [key: string]: Json }): readonly string[] {
  return Object.keys(record).filter((key) => isZero(record[key]));
}
