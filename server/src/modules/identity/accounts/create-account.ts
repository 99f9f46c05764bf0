import type { Address, Language, Role, SpecialtyCode } from '@openward/contracts';
import { newId } from '#platform/id.ts';
import { type FieldError, Problem } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { createDoctor } from '#server/modules/doctors/index.ts';
import { accounts, patients } from '../tables.ts';
import { normalEmail } from './account.ts';

export type NewAccount = {
  email: string;
  fullName: string;
  role: Role;
  address?: Address | undefined;
  specialty?: SpecialtyCode | undefined;
  licenseNumber?: string | undefined;
  /** Of mails to them. Default: English. */
  language?: Language | undefined;
  passwordHash: string | null;
  emailVerified: boolean;
  /** Doctors: whether they may start at once. */
  approved: boolean;
};

/**
 * What a role needs beside the common fields: doctors their specialty and licence, nobody else either.
 * @throws Problem 400 naming each field.
 */
export function checkRoleFields({
  role,
  specialty,
  licenseNumber,
}: Pick<NewAccount, 'role' | 'specialty' | 'licenseNumber'>): void {
  const fields = { specialty, licenseNumber };
  const errors = Object.entries(fields).flatMap(([path, value]): FieldError[] => {
    if (role === 'doctor' && value === undefined)
      return [{ path, code: 'required', detail: `${path} is required for a doctor.` }];
    if (role !== 'doctor' && value !== undefined)
      return [{ path, code: 'unknown-field', detail: `${path} is for doctors only.` }];
    return [];
  });
  if (errors.length > 0)
    throw new Problem('invalid-request', { detail: errors.map(({ detail }) => detail).join(' '), errors });
}

/**
 * Makes an account with the profile of its role. Within the caller's transaction.
 * @returns the new id.
 * @throws a unique violation of `accounts_email_key` when the address is taken.
 */
export async function createAccount(ctx: Ctx, input: NewAccount): Promise<string> {
  const id = newId();
  const { role, fullName, address, specialty, licenseNumber } = input;
  const now = ctx.clock.now().toISOString();
  await ctx.db.insert(accounts).values({
    id,
    role,
    email: normalEmail(input.email),
    fullName,
    language: input.language ?? 'en',
    passwordHash: input.passwordHash,
    emailVerifiedAt: input.emailVerified ? now : null,
    approvedAt: role === 'doctor' && input.approved ? now : null,
    country: address?.country ?? null,
    city: address?.city ?? null,
    region: address?.region ?? null,
    addressLine: address?.addressLine ?? null,
  });
  if (role === 'patient') await ctx.db.insert(patients).values({ accountId: id });
  if (role === 'doctor' && specialty !== undefined && licenseNumber !== undefined) {
    await createDoctor(ctx, {
      accountId: id,
      specialty,
      licenseNumber,
      fullName,
      country: address?.country ?? null,
      city: address?.city ?? null,
      listed: input.approved && input.emailVerified,
      approved: input.approved,
    });
  }
  return id;
}
