import { Problem } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { recordSecurityEvent } from '../events/security-event.ts';

export function sessionEnded(): Problem {
  return new Problem('session-ended', { detail: 'The session has ended. Log in again.' });
}

/**
 * A token is good and its session is not what it says: over, unknown, of another account or role (contract, section 2). Not within a
 * transaction, which would take the event back with it.
 * @param accountId whose session it was; null where the token says another.
 * @throws Problem 401 `session-ended`.
 */
export async function refuseMismatch(ctx: Ctx, sessionId: string, accountId: string | null): Promise<never> {
  await recordSecurityEvent(ctx, { kind: 'session-mismatch', accountId, details: { sessionId } });
  throw sessionEnded();
}
