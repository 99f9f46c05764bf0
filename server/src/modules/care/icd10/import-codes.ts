import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { icd10Codes, icd10Edition } from '../tables.ts';
import { plain } from './edition.ts';
import { type CodeLine, readCodes } from './read-codes.ts';

const batchSize = 1000;
const saidEvery = 20_000;

/**
 * Replaces the table of codes by that of a file, in one transaction: who searches meanwhile finds the older one. What was diagnosed
 * keeps its codes.
 * @returns how many codes there are. @throws Error that names the line of a mistake; nothing has changed then.
 */
export async function importCodes(
  ctx: Ctx,
  { file, edition, onProgress }: { file: string; edition: string; onProgress: (codes: number) => void },
): Promise<number> {
  return ctx.tx(async (ctx) => {
    await ctx.db.delete(icd10Codes);
    const lines = createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY });
    let batch: CodeLine[] = [];
    let count = 0;
    const store = async () => {
      if (batch.length === 0) return;
      await ctx.db.insert(icd10Codes).values(batch.map((line) => ({ ...line, plainTitle: plain(line.title) })));
      batch = [];
    };
    for await (const line of readCodes(lines)) {
      batch.push(line);
      count += 1;
      if (batch.length === batchSize) await store();
      if (count % saidEvery === 0) onProgress(count);
    }
    await store();
    await ctx.db.delete(icd10Edition);
    await ctx.db.insert(icd10Edition).values({ name: edition, codeCount: count });
    await audit(ctx, { action: 'icd10.imported', subjectType: 'icd10', subjectId: edition, details: { codes: count } });
    return count;
  });
}
