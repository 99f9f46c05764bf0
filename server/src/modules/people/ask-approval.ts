import type { Approval, askApproval as contract, InputOf } from '@openward/contracts';
import { Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { approvalOf, findDoctor, lastDecisionOf, openApproval, openApprovalOf } from '#server/modules/doctors/index.ts';
import { lockActor } from '#server/modules/identity/index.ts';

/**
 * A doctor hands in: again after a refusal, something else instead of what waits, or as an approved doctor another specialty or
 * licence, who stays what they are until an admin has decided.
 * @throws Problem 403 for anyone but a doctor, 401 `session-ended`, 409 `invalid-transition` when nothing would change.
 */
export async function askApproval(ctx: Ctx, input: InputOf<typeof contract>): Promise<Approval> {
  const { accountId, role } = actorOf(ctx);
  if (role !== 'doctor') throw new Problem('forbidden', { detail: 'Approval is asked for by doctors.' });
  return ctx.tx(async (ctx) => {
    const { account } = await lockActor(ctx);
    const doctor = await findDoctor(ctx, accountId);
    if (doctor === null) throw new Error(`Doctor ${accountId} is not in the directory.`);
    const [open, last] = [await openApprovalOf(ctx, accountId), await lastDecisionOf(ctx, accountId)];
    const before = open ?? doctor;
    const asked = {
      specialty: input.specialty ?? before.specialty,
      licenseNumber: input.licenseNumber ?? before.licenseNumber,
      note: input.note ?? open?.note ?? null,
    };
    const isApproved = account.approvedAt !== null;
    if (isApproved && asked.specialty === doctor.specialty && asked.licenseNumber === doctor.licenseNumber) {
      throw new Problem('invalid-transition', {
        detail: 'You are approved as that already. Name another specialty or licence number.',
      });
    }
    const kind = isApproved ? 'change' : last?.state === 'rejected' ? 'again' : 'first';
    await openApproval(ctx, { doctorId: accountId, kind, ...asked });
    await audit(ctx, { action: 'approval.asked', subjectType: 'account', subjectId: accountId, details: { kind } });
    return approvalOf(ctx, accountId, isApproved);
  });
}
