/** Rows a statement: large enough to be few, small enough to be quick. */
const pageSize = 1000;

/**
 * All rows of a query that may find very many, read in pages: each statement stays short and holds its connection as long as one
 * page takes.
 * @param readPage the rows that come after the last one read, in a fixed order, at most `limit`.
 */
export async function readPages<R>(readPage: (after: R | null, limit: number) => Promise<R[]>): Promise<R[]> {
  const all: R[] = [];
  for (;;) {
    const page = await readPage(all.at(-1) ?? null, pageSize);
    for (const row of page) all.push(row);
    if (page.length < pageSize) return all;
  }
}
