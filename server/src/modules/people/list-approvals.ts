import type { listApprovals as contract, InputOf, ReplyOf } from '@openward/contracts';
import { eq, inArray } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { doctors, specialtyView, waitingApprovals } from '#server/modules/doctors/index.ts';
import { accounts, nameOf } from '#server/modules/identity/index.ts';

/** Who waits for a decision, longest first, with what they are now and what is new since the decision before. */
export async function listApprovals(ctx: Ctx, page: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  return ctx.reading(async (ctx) => {
    const { items, nextCursor } = await waitingApprovals(ctx, page);
    const ids = items.map(({ doctorId }) => doctorId);
    const rows =
      ids.length === 0
        ? []
        : await ctx.db
            .select({ account: accounts, specialty: doctors.specialty, licenseNumber: doctors.licenseNumber })
            .from(accounts)
            .innerJoin(doctors, eq(doctors.accountId, accounts.id))
            .where(inArray(accounts.id, ids));
    const byId = new Map(rows.map((row) => [row.account.id, row]));
    return {
      items: items.flatMap(({ doctorId, ...waiting }) => {
        const row = byId.get(doctorId);
        if (row === undefined) return [];
        const { account, specialty, licenseNumber } = row;
        return [
          {
            ...waiting,
            doctor: {
              ...{ id: doctorId, fullName: nameOf(account), email: account.email },
              ...{
                emailVerified: account.emailVerifiedAt !== null,
                specialty: specialtyView(specialty),
                licenseNumber,
              },
            },
          },
        ];
      }),
      nextCursor,
    };
  });
}
