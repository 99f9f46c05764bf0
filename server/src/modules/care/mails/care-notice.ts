import type { NoticeKind } from '@openward/contracts';
import { eq } from 'drizzle-orm';
import { defineMail } from '#platform/mail/send-mail.ts';
import { accounts } from '#server/modules/identity/index.ts';
import { writeNotice } from '#server/modules/notices/index.ts';
import { careRequests } from '../tables.ts';

/** As they were called → as they are. */
const kinds = {
  accepted: 'request-accepted',
  declined: 'request-declined',
  'handed-back': 'request-handed-back',
  'lease-ended': 'request-lease-ended',
  diagnosed: 'request-diagnosed',
  corrected: 'request-corrected',
} as const satisfies Record<string, NoticeKind>;

/**
 * Tells a patient that something happened to a request. Sent by the version before the notices (decision 0043) alone: its jobs may still
 * be in the queue, or its nodes beside ours.
 */
export const careNotice = defineMail<{ requestId: string; notice: keyof typeof kinds }>(
  'care',
  async (ctx, { requestId, notice }) => {
    const [row] = await ctx.db
      .select({ account: accounts })
      .from(careRequests)
      .innerJoin(accounts, eq(accounts.id, careRequests.patientId))
      .where(eq(careRequests.id, requestId));
    return row === undefined ? null : writeNotice(ctx, row.account, { kind: kinds[notice], count: 1, page: '/' });
  },
);
