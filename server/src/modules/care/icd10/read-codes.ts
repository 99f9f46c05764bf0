/** One code of a table, and what it is called. */
export type CodeLine = { code: string; title: string };

/** The order file of ICD-10-CM: number, code without its point, whether it can be billed, short and long title, in columns. */
const orderLine = /^\d{5} ([A-Z][0-9][0-9A-Z][0-9A-Z]{0,4}) *[01] (.{60}) (.+)$/;
const separatedLine = /^\s*"?([A-Za-z][0-9][0-9A-Za-z](?:\.?[0-9A-Za-z]{1,4})?)"?\s*[\t;,](.*)$/;

/**
 * Reads a table of codes line by line: code and title separated by a tab, a semicolon or a comma, or ICD-10-CM's order file. A heading
 * in the first line and empty lines are passed over.
 * @throws Error that names the line of a mistake.
 */
export async function* readCodes(lines: AsyncIterable<string>): AsyncGenerator<CodeLine> {
  const seen = new Map<string, number>();
  let number = 0;
  for await (const raw of lines) {
    number += 1;
    const line = number === 1 ? raw.replace(/^\uFEFF/, '') : raw;
    if (line.trim() === '') continue;
    const found = parseLine(line);
    if (found === null) {
      if (number === 1 && !/\d/.test(line)) continue;
      throw new Error(
        `Line ${number} is not a code and its title: “${line.slice(0, 60)}”. Separate them by a tab, a semicolon or a comma.`,
      );
    }
    const before = seen.get(found.code);
    if (before !== undefined) throw new Error(`Line ${number} has ${found.code}, as line ${before} does.`);
    seen.set(found.code, number);
    yield found;
  }
  if (seen.size === 0) throw new Error('There are no codes in it.');
}

const maxTitle = 500;

function parseLine(line: string): CodeLine | null {
  const [, flat, , long] = orderLine.exec(line) ?? [];
  const [, typed = '', rest = ''] = flat === undefined ? (separatedLine.exec(line) ?? []) : [];
  const code = withPoint((flat ?? typed).toUpperCase());
  const title = (long ?? firstField(rest)).trim();
  return code === '' || title === '' || title.length > maxTitle || /\p{Cc}/u.test(title) ? null : { code, title };
}

function withPoint(code: string): string {
  return code.length > 3 && !code.includes('.') ? `${code.slice(0, 3)}.${code.slice(3)}` : code;
}

/** What is in quotes is whole, and has its own quotes twice; else all that follows is the title, or what stands before the next tab. */
function firstField(rest: string): string {
  const [, quoted] = /^\s*"((?:[^"]|"")*)"/.exec(rest) ?? [];
  return quoted === undefined ? (rest.split('\t')[0] ?? '') : quoted.replaceAll('""', '"');
}
