import { Problem } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { checkPassword } from './password-policy.ts';

/**
 * @param path the field that the password came in.
 * @throws Problem 400 `weak-password` with the reason and what to do.
 */
export async function refuseWeakPassword(
  ctx: Ctx,
  path: 'password' | 'newPassword',
  password: string,
  person: { fullName: string; email: string },
): Promise<void> {
  const weakness = await checkPassword(password, { ...person, words: ctx.config.passwordContextWords });
  if (weakness === null) return;
  const { reason, detail } = weakness;
  throw new Problem('weak-password', {
    detail,
    errors: [{ path, code: reason, detail }],
    members: { reason },
  });
}
