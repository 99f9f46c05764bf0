import type {
  AcceptanceRow,
  getReports as contract,
  downloadReport as csvContract,
  InputOf,
  LoadRow,
  RatingsRow,
  ReplyOf,
  ReportName,
  SpecialtyCode,
  WaitingRow,
} from '@openward/contracts';
import { type CsvValue, csvStream } from '#platform/csv.ts';
import type { Http } from '#platform/http/route.ts';
import { invalidField } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { reportAcceptance, reportLoad, reportWaiting, type Span } from '#server/modules/care/index.ts';
import { ratingsIn, reportRatings } from '#server/modules/doctors/index.ts';

/** Fewer than so many could be somebody. */
const fewest = 5;
const defaultDays = 30;
const maxDays = 1100;
const dayMs = 86_400_000;
const mostLoaded = 100;
/** Doctors read at a time for the whole table. */
const pageSize = 500;

/** Numbers of a span, for admins: none of them about one person's health. @throws Problem 400 for a span that ends before it begins, or is too long. */
export async function getReports(ctx: Ctx, input: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const span = spanOf(ctx, input);
  await audit(ctx, { action: 'stats.read', subjectType: 'stats', subjectId: null, details: span });
  const [waiting, acceptance, ratings, load] = await Promise.all([
    waitingRows(ctx, span),
    acceptanceRows(ctx, span),
    ratingsRows(ctx, span),
    ctx.reading(async (ctx) => loadRows(ctx, span, await reportLoad(ctx, span, { most: mostLoaded }))),
  ]);
  return { ...span, waiting, acceptance, ratings, load };
}

/** One of the reports as a table; that of the doctors is read while it is sent. @throws Problem 400 as {@link getReports}. */
export async function downloadReport(ctx: Ctx, input: InputOf<typeof csvContract>, http: Http): Promise<undefined> {
  const span = spanOf(ctx, input);
  const { report = 'waiting' } = input;
  await audit(ctx, { action: 'stats.downloaded', subjectType: 'stats', subjectId: null, details: { report, ...span } });
  const name = `openward-${report}-${span.from.slice(0, 10)}-${span.to.slice(0, 10)}.csv`;
  http.header('content-type', 'text/csv; charset=utf-8; header=present');
  http.header('content-disposition', `attachment; filename="${name}"`);
  http.header('cache-control', 'no-store');
  const { header, rows } = tables[report];
  http.stream(csvStream(header, rows(ctx, span)));
}

function spanOf({ clock }: Ctx, { from, to }: { from?: string; to?: string }): Span {
  const end = to === undefined ? clock.now() : new Date(to);
  const start = from === undefined ? new Date(end.getTime() - defaultDays * dayMs) : new Date(from);
  if (start.getUTCFullYear() < 1)
    throw invalidField('to', 'out-of-range', `The ${defaultDays} days before it would begin before the year 1.`);
  const days = (end.getTime() - start.getTime()) / dayMs;
  if (days <= 0) throw invalidField('to', 'out-of-range', 'to must be later than from.');
  if (days > maxDays) throw invalidField('from', 'out-of-range', `A span has ${maxDays} days at most.`);
  return { from: start.toISOString(), to: end.toISOString() };
}

const rounded = (value: number, digits = 0) => Number(value.toFixed(digits));

async function waitingRows(ctx: Ctx, span: Span): Promise<WaitingRow[]> {
  const rows = await ctx.reading((ctx) => reportWaiting(ctx, span));
  return rows
    .filter(({ requests }) => requests > 0)
    .map(({ specialty, urgency, requests, p50, p90 }) => ({
      specialty: specialty as SpecialtyCode | null,
      urgency,
      ...(requests < fewest
        ? { requests: null, p50S: null, p90S: null }
        : { requests, p50S: rounded(p50), p90S: rounded(p90) }),
    }));
}

async function acceptanceRows(ctx: Ctx, span: Span): Promise<AcceptanceRow[]> {
  const rows = await ctx.reading((ctx) => reportAcceptance(ctx, span));
  const none = { submitted: null, taken: null, declined: null, cancelled: null, waiting: null, rate: null };
  return rows
    .filter(({ submitted }) => submitted > 0)
    .map(({ specialty, ...figures }) => ({
      specialty: specialty as SpecialtyCode | null,
      ...(figures.submitted < fewest ? none : { ...figures, rate: rounded(figures.taken / figures.submitted, 3) }),
    }));
}

async function ratingsRows(ctx: Ctx, span: Span): Promise<RatingsRow[]> {
  const rows = await ctx.reading((ctx) => reportRatings(ctx, span));
  return rows
    .filter(({ ratings }) => ratings > 0)
    .map(({ specialty, ratings, average }) => ({
      specialty: specialty as SpecialtyCode | null,
      ...ratingFigures({ ratings, average }),
    }));
}

function ratingFigures(found: { ratings: number; average: number } | undefined) {
  if (found === undefined || found.ratings < fewest) return { ratings: null, average: null };
  return { ratings: found.ratings, average: rounded(found.average, 2) };
}

async function loadRows(ctx: Ctx, span: Span, doctors: Awaited<ReturnType<typeof reportLoad>>): Promise<LoadRow[]> {
  const rated = await ratingsIn(
    ctx,
    span,
    doctors.map(({ doctorId }) => doctorId),
  );
  return doctors.map(({ doctorId, fullName, specialty, taken, open, closed }) => ({
    doctorId,
    fullName,
    specialty: specialty as SpecialtyCode,
    taken,
    open,
    closed,
    ...ratingFigures(rated.get(doctorId)),
  }));
}

type Rows = (ctx: Ctx, span: Span) => AsyncIterable<readonly CsvValue[]>;

/** The columns of each table, and its rows in their order. A specialty or urgency that is not said is `all`. */
const tables: Record<ReportName, { header: readonly string[]; rows: Rows }> = {
  waiting: {
    header: ['specialty', 'urgency', 'requests', 'p50_seconds', 'p90_seconds'],
    rows: async function* (ctx, span) {
      for (const row of await waitingRows(ctx, span))
        yield [row.specialty ?? 'all', row.urgency ?? 'all', row.requests, row.p50S, row.p90S];
    },
  },
  acceptance: {
    header: ['specialty', 'submitted', 'taken', 'declined', 'cancelled', 'waiting', 'acceptance_rate'],
    rows: async function* (ctx, span) {
      for (const row of await acceptanceRows(ctx, span))
        yield [row.specialty ?? 'all', row.submitted, row.taken, row.declined, row.cancelled, row.waiting, row.rate];
    },
  },
  ratings: {
    header: ['specialty', 'ratings', 'average'],
    rows: async function* (ctx, span) {
      for (const row of await ratingsRows(ctx, span)) yield [row.specialty ?? 'all', row.ratings, row.average];
    },
  },
  load: {
    header: ['doctor_id', 'name', 'specialty', 'taken', 'open', 'closed', 'ratings', 'average'],
    rows: async function* (ctx, span) {
      for (let after: string | null = null; ; ) {
        const from: string | null = after;
        const page: LoadRow[] = await ctx.reading(async (ctx) =>
          loadRows(ctx, span, await reportLoad(ctx, span, { after: from, limit: pageSize })),
        );
        for (const row of page)
          yield [row.doctorId, row.fullName, row.specialty, row.taken, row.open, row.closed, row.ratings, row.average];
        after = page.at(-1)?.doctorId ?? null;
        if (page.length < pageSize || after === null) return;
      }
    },
  },
};
