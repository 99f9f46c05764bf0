import type { Role } from '@openward/contracts';

/** Easily typed, and good enough for the password policy. Everybody in the demo has the same one. */
export const demoPassword = 'quiet maple river 27';

/** The addresses end in a domain that can never exist (RFC 2606), so that no mail reaches anybody. */
export const demoDomain = 'demo.openward.example';

/** Printed at the start: patient, doctor, admin. */
export const demoLogins: readonly { role: Role; email: string; password: string }[] = (
  ['patient', 'doctor', 'admin'] as const
).map((role) => ({ role, email: `${role}@${demoDomain}`, password: demoPassword }));
