import { Readable } from 'node:stream';
import type { getSummary as contract, InputOf } from '@openward/contracts';
import { eq } from 'drizzle-orm';
import { preferredLanguage } from '#platform/http/preferred-language.ts';
import type { Http } from '#platform/http/route.ts';
import { invalidField, Problem } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { requestFor } from '../access.ts';
import { summaryChecks } from '../tables.ts';
import { hashOf, makeCode, showCode } from './check-code.ts';
import { digestOf, readContent, type SummaryContent } from './summary-content.ts';

/**
 * A diagnosed request on paper, with a code by which anybody learns whether it is ours and still the newest. The same content has the
 * same code.
 * @throws Problem 404, 400 for an unknown time zone, 409 `not-diagnosed-yet`.
 */
export async function getSummary(ctx: Ctx, input: InputOf<typeof contract>, http: Http): Promise<undefined> {
  const { id, timeZone = 'UTC' } = input;
  if (!isTimeZone(timeZone))
    throw invalidField('timeZone', 'unknown', 'timeZone is not in the IANA list; send one as Europe/Lisbon.');
  const request = await requestFor(ctx, id, 'see');
  if (request.diagnosedAt === null)
    throw new Problem('not-diagnosed-yet', { detail: 'There is a summary once the doctor has diagnosed.' });
  const content = await readContent(ctx, request);
  const { code, madeAt } = await keepCheck(ctx, content);
  await audit(ctx, { action: 'record.exported', subjectType: 'request', subjectId: id, ownerId: request.patientId });
  const language = input.language ?? preferredLanguage(http);
  // Loaded when it is asked for: fonts and all, a node that prints nothing need not hold it.
  const { printSummary } = await import('./print-summary.ts');
  const checkUrl = new URL('/check-summary', ctx.config.http.publicUrl).href;
  const bytes = await printSummary(content, { code: showCode(code), madeAt, checkUrl, language, timeZone });
  http.header('content-type', 'application/pdf');
  http.header('content-length', String(bytes.length));
  http.header('content-disposition', `attachment; filename="openward-${madeAt.slice(0, 10)}.pdf"`);
  http.header('content-language', language);
  http.stream(Readable.from([bytes]));
}

/** What a check needs to know: that the code was given out, of when, and how many versions it knew. */
async function keepCheck(ctx: Ctx, content: SummaryContent): Promise<{ code: string; madeAt: string }> {
  const { requestId, versions } = content;
  const root = ctx.keys.pepper.current;
  const digest = digestOf(content);
  const code = makeCode(root, requestId, digest);
  const codeHash = hashOf(code);
  await ctx.db
    .insert(summaryChecks)
    .values({ codeHash, requestId, digest, keyId: root.kid, versions })
    .onConflictDoNothing();
  const [row] = await ctx.db.select().from(summaryChecks).where(eq(summaryChecks.codeHash, codeHash));
  if (row === undefined) throw new Error('The check of a summary was not stored.');
  return { code, madeAt: row.madeAt };
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
