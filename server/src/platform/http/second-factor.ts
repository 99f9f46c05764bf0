import type { Contract } from '@openward/contracts';
import type { Actor } from '../../context.ts';
import { Problem } from '../problem.ts';

/** Closed to those who still have to set up a second factor: everything but what they need to do that. */
export function asksForFactor({ who, path }: Pick<Contract, 'who' | 'path'>): boolean {
  return who !== 'anyone' && path !== '/me' && !path.startsWith('/auth/');
}

/** @throws Problem 403 `mfa-setup-required` for somebody whose role needs a second factor, and who has none (REQUIRE_MFA). */
export function refuseWithoutFactor({ factorMissing }: Actor): void {
  if (!factorMissing) return;
  throw new Problem('mfa-setup-required', {
    detail: 'Your role needs a second factor: set one up with POST /auth/mfa/passkeys or POST /auth/mfa/totp.',
  });
}
