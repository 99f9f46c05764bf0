import type { Approval, ApprovalDocument, QueuedApproval } from '@openward/contracts';
import { and, asc, desc, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import { decodeCursor, toPage } from '#platform/database/cursor.ts';
import type { Ctx } from '#server/context.ts';
import { approvalDocuments, approvalRequests } from '../tables.ts';
import { specialtyView } from '../view.ts';
import { type ApprovalRow, lastDecisionOf, openApprovalOf } from './keep-approval.ts';

export type DocumentRow = typeof approvalDocuments.$inferSelect;

export const isThere = and(isNotNull(approvalDocuments.storedAt), isNull(approvalDocuments.removedAt));

export function documentView({ id, name, type, sizeBytes, createdAt }: DocumentRow): ApprovalDocument {
  return { id, name, type: type as ApprovalDocument['type'], sizeBytes, createdAt };
}

/** Where a doctor's approval stands, for the doctor. */
export async function approvalOf(ctx: Ctx, doctorId: string, isApproved: boolean): Promise<Approval> {
  const open = await openApprovalOf(ctx, doctorId);
  const last = await lastDecisionOf(ctx, doctorId);
  const documents = await documentsOf(ctx, [doctorId]);
  const notApproved = open !== null ? 'waiting' : last?.state === 'rejected' ? 'rejected' : 'none';
  return {
    state: isApproved ? 'approved' : notApproved,
    asked: open === null ? null : askedView(open),
    last: decisionView(last),
    documents: documents.map(documentView),
  };
}

function askedView({ id, kind, specialty, licenseNumber, note, askedAt }: ApprovalRow) {
  return { id, kind, specialty: specialtyView(specialty), licenseNumber, note, askedAt };
}

function decisionView(row: ApprovalRow | null): Approval['last'] {
  if (row === null || row.decidedAt === null || (row.state !== 'approved' && row.state !== 'rejected')) return null;
  return { state: row.state, decidedAt: row.decidedAt, reason: row.reason };
}

async function documentsOf(ctx: Ctx, doctorIds: readonly string[]): Promise<DocumentRow[]> {
  if (doctorIds.length === 0) return [];
  return ctx.db
    .select()
    .from(approvalDocuments)
    .where(and(inArray(approvalDocuments.doctorId, [...doctorIds]), isThere))
    .orderBy(asc(approvalDocuments.createdAt), asc(approvalDocuments.id));
}

/** What waits, without the doctors' names: those are for identity to tell. */
export type Waiting = Omit<QueuedApproval, 'doctor'> & { doctorId: string };

/** The queue, who has waited longest first. */
export async function waitingApprovals(
  ctx: Ctx,
  page: { limit?: number | undefined; cursor?: string | undefined },
): Promise<{ items: Waiting[]; nextCursor: string | null }> {
  const { limit = 20 } = page;
  const after = decodeCursor(page.cursor, ['time', 'id']);
  const rows = await ctx.db
    .select()
    .from(approvalRequests)
    .where(
      and(
        eq(approvalRequests.state, 'open'),
        after === null
          ? undefined
          : sql`(${approvalRequests.askedAt}, ${approvalRequests.id}) > (${after[0]}::timestamptz, ${after[1]}::uuid)`,
      ),
    )
    .orderBy(asc(approvalRequests.askedAt), asc(approvalRequests.id))
    .limit(limit + 1);
  const ids = rows.map(({ doctorId }) => doctorId);
  const documents = await documentsOf(ctx, ids);
  const decisions = await lastDecisionsOf(ctx, ids);
  const documentsBy = Map.groupBy(documents, ({ doctorId }) => doctorId);
  return toPage(
    rows,
    limit,
    (row) => [row.askedAt, row.id],
    (row) => {
      const last = decisions.get(row.doctorId) ?? null;
      const theirs = documentsBy.get(row.doctorId) ?? [];
      return {
        ...askedView(row),
        doctorId: row.doctorId,
        previous: decisionView(last),
        documents: theirs.map((document) => ({ ...documentView(document), isNew: isNewSince(document, last) })),
      };
    },
  );
}

/** Whether nothing was decided on it yet. */
export function isNewSince({ createdAt }: DocumentRow, last: ApprovalRow | null): boolean {
  return last?.decidedAt == null || createdAt > last.decidedAt;
}

async function lastDecisionsOf(ctx: Ctx, doctorIds: readonly string[]): Promise<Map<string, ApprovalRow>> {
  if (doctorIds.length === 0) return new Map();
  const rows = await ctx.db
    .selectDistinctOn([approvalRequests.doctorId])
    .from(approvalRequests)
    .where(
      and(
        inArray(approvalRequests.doctorId, [...doctorIds]),
        inArray(approvalRequests.state, ['approved', 'rejected']),
      ),
    )
    .orderBy(approvalRequests.doctorId, desc(approvalRequests.decidedAt), desc(approvalRequests.id));
  return new Map(rows.map((row) => [row.doctorId, row]));
}

/** All that was asked and decided, and which documents there are, for the doctor's export. */
export async function approvalsAbout(ctx: Ctx, doctorId: string): Promise<unknown[]> {
  const rows = await ctx.db
    .select()
    .from(approvalRequests)
    .where(eq(approvalRequests.doctorId, doctorId))
    .orderBy(asc(approvalRequests.askedAt), asc(approvalRequests.id));
  const documents = await documentsOf(ctx, [doctorId]);
  const asked = rows.map((row) => ({
    ...askedView(row),
    state: row.state,
    decidedAt: row.decidedAt,
    reason: row.reason,
  }));
  return [...asked, ...documents.map((row) => ({ document: documentView(row) }))];
}
