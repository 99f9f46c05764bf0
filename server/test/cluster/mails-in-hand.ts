import { eventually } from '../eventually.ts';
import type { Scene } from '../faults/scene.ts';
import { createApi } from '../http.ts';
import type { ClusterStand } from './stand.ts';

const patienceMs = 120_000;
/** A worker has so many mails in hand at once, and so many are asked for: two for each worker. */
const recipients = ['ana', 'ben', 'dora', 'emil'] as const;
/** Jobs that take longer may go back into their queue. */
const finishWithinMs = 4000;

/** Mails that the workers are at, each waiting for the mail server's word. */
export type MailsInHand = {
  /** The mail server goes on. `toldAt`: since when a worker is stopping. */
  letGo(toldAt: number): void;
  /** @returns what became of them @throws Error when one was begun and left, so that another worker did it again */
  judge(): Promise<string>;
};

/** Four people ask for a new password, and no mail is acknowledged until it is let go. */
export async function holdMails({ mailbox, pair }: ClusterStand, { place, sessions }: Scene): Promise<MailsInHand> {
  const hand = mailbox.hold();
  const [door] = place.nodes;
  const nobody = createApi(door?.url ?? '');
  const [begun] = await pair.primary.query<{ now: string }>('openward', 'SELECT now()::text');
  let wasLate = false;
  let held = 0;
  for (const name of recipients) {
    const { body } = await sessions[name].api('GET', '/me');
    const { status } = await nobody('POST', '/auth/forgot-password', { email: body.email });
    if (status >= 300) throw new Error(`A new password for ${name} could not be asked for: ${status}`);
  }
  const areFull = () => hand.count() >= recipients.length;
  await eventually('both workers have mails in hand', areFull, patienceMs).catch((error: unknown) => {
    hand.letGo();
    throw error;
  });
  const rowsOf = (condition: string) =>
    pair.primary.query<{ id: string }>(
      'openward',
      `SELECT id FROM jobs.job WHERE name = 'mail.send' AND created_on >= $1 AND ${condition}`,
      [begun?.now],
    );
  return {
    letGo: (toldAt) => {
      held = hand.count();
      wasLate = performance.now() - toldAt > finishWithinMs;
      hand.letGo();
    },
    judge: async () => {
      const isDone = async () => (await rowsOf(`state < 'completed'`)).length === 0;
      await eventually('all mails are sent', isDone, patienceMs);
      if (wasLate) return `the ${held} mails in hand say nothing, since the machine had no time`;
      const repeated = await rowsOf('retry_count > 0');
      if (repeated.length === 0) return `${held} mails were in hand, each was finished where it was`;
      throw new Error(
        `${repeated.length} mails were begun by a worker that was told to stop, and done again by another.`,
      );
    },
  };
}
