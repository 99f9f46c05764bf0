import type { updateMe as contract, InputOf, Me, Role, UserForAdmin } from '@openward/contracts';
import { type FieldError, notFound, Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { patientProfile } from '#server/modules/care/index.ts';
import { approvalOf, doctorProfileView, findDoctor, updateDoctorProfile } from '#server/modules/doctors/index.ts';
import { accountView, addressView, findAccount, languageOf, updateProfile } from '#server/modules/identity/index.ts';

/** The own account with the profile of its role. */
export async function getMe(ctx: Ctx): Promise<Me> {
  const { accountId, role } = actorOf(ctx);
  const [found, { patient, doctor }] = await Promise.all([
    findAccount(ctx, accountId),
    profileOf(ctx, accountId, role),
  ]);
  if (found === null) throw notFound();
  return {
    ...accountView(found),
    language: languageOf(found.account),
    address: addressView(found.account),
    ...(patient === undefined ? {} : { patient }),
    ...(doctor === undefined
      ? {}
      : {
          doctor: { ...doctor, approval: await approvalOf(ctx, found.account.id, found.account.approvedAt !== null) },
        }),
  };
}

/** The profile of an account's role: `{patient}`, `{doctor}` or nothing. */
export async function profileOf(
  ctx: Ctx,
  id: string,
  role: Role,
): Promise<Pick<UserForAdmin, 'doctor'> & Pick<Me, 'patient'>> {
  if (role === 'patient') return { patient: await patientProfile(ctx, id) };
  const doctor = role === 'doctor' ? await findDoctor(ctx, id) : null;
  return doctor === null ? {} : { doctor: doctorProfileView(doctor, ctx.clock.now()) };
}

/**
 * Changes the own profile; what is absent stays.
 * @throws Problem 400 for the other role's profile, or a birth date that is not in the past.
 */
export async function updateMe(ctx: Ctx, input: InputOf<typeof contract>): Promise<Me> {
  const { accountId, role } = actorOf(ctx);
  const { doctor } = input;
  refuseWrongFields(ctx, role, input);
  await ctx.tx(async (ctx) => {
    await updateProfile(ctx, accountId, input);
    if (doctor !== undefined) await updateDoctorProfile(ctx, accountId, doctor);
    await audit(ctx, {
      action: 'profile.updated',
      subjectType: 'account',
      subjectId: accountId,
      details: { fields: Object.keys(input).join(',') },
    });
  });
  return getMe(ctx);
}

function refuseWrongFields(ctx: Ctx, role: string, { patient, doctor }: InputOf<typeof contract>): void {
  const errors: FieldError[] = [];
  if (patient !== undefined && role !== 'patient')
    errors.push({ path: 'patient', code: 'unknown-field', detail: 'patient is for patients only.' });
  if (doctor !== undefined && role !== 'doctor')
    errors.push({ path: 'doctor', code: 'unknown-field', detail: 'doctor is for doctors only.' });
  const birthDate = patient?.birthDate;
  if (
    typeof birthDate === 'string' &&
    (birthDate < '1880-01-01' || birthDate > ctx.clock.now().toISOString().slice(0, 10))
  ) {
    errors.push({
      path: 'patient.birthDate',
      code: 'out-of-range',
      detail: 'patient.birthDate must be a day between 1880 and today.',
    });
  }
  if (errors.length > 0)
    throw new Problem('invalid-request', { detail: errors.map(({ detail }) => detail).join(' '), errors });
}
