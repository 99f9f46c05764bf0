import { Problem } from '#platform/problem.ts';
import { checkPassword } from './password-policy.ts';

/**
 * @param path the field that the password came in.
 * @throws Problem 400 `weak-password` with the reason and what to do.
 */
export async function refuseWeakPassword(
  path: 'password' | 'newPassword',
  password: string,
  person: { fullName: string; email: string },
): Promise<void> {
  const weakness = await checkPassword(password, person);
  if (weakness === null) return;
  const { reason, detail } = weakness;
  throw new Problem('weak-password', {
    detail,
    errors: [{ path, code: reason, detail }],
    members: { reason },
  });
}
