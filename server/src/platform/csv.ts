import { Readable } from 'node:stream';

export type CsvValue = string | number | null;

/**
 * One record (RFC 4180). A text that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, CSV injection); a number stays one.
 */
export function csvLine(values: readonly CsvValue[]): string {
  return `${values.map(csvField).join(',')}\r\n`;
}

function csvField(value: CsvValue): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[\s]*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A table as it is read: no more of it is in memory than one page. */
export function csvStream(header: readonly string[], rows: AsyncIterable<readonly CsvValue[]>): Readable {
  return Readable.from(
    (async function* () {
      yield csvLine(header);
      for await (const row of rows) yield csvLine(row);
    })(),
  );
}
