import { customType } from 'drizzle-orm/pg-core';

/**
 * A point in time as RFC 3339 text in UTC with milliseconds, stored as `timestamptz(3)`. Text and not `Date`: it is what
 * the contract speaks, it compares by itself, and three digits make it safe as a page cursor.
 */
export const instant = customType<{ data: string; driverData: string }>({
  dataType: () => 'timestamptz(3)',
  fromDriver: (value) => new Date(value).toISOString(),
});

/** Bytes. */
export const bytea = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' });

/** A transaction's id, as a number: exact up to 2^53, which at a million writes a second lasts for 285 years. */
export const transactionId = customType<{ data: number; driverData: string }>({
  dataType: () => 'xid8',
  fromDriver: Number,
});
