import type { Ctx } from '../../context.ts';
import { type JobHandler, job, onJob } from '../jobs/jobs.ts';
import { traced } from '../tracing/tracing.ts';
import { type MailContent, renderMail } from './mail.ts';

/**
 * A kind of mail: its name in the queue, and how it is written out of ids. `compose` reloads, so that what is mailed is
 * true at that moment; null means that there is nothing to say any more.
 */
export type MailKind<T extends object> = {
  readonly name: string;
  readonly compose: (ctx: Ctx, data: T) => Promise<MailContent | null>;
};

export function defineMail<T extends object>(name: string, compose: MailKind<T>['compose']): MailKind<T> {
  return { name, compose };
}

export const sendMailJob = job<{ mail: string; data: object }>('mail.send', { limit: 200, delayS: 2, maxDelayS: 600 });

/** Queues a mail within the transaction. The data are ids: no token, no health text. */
export async function sendMail<T extends object>(ctx: Ctx, kind: MailKind<T>, data: T): Promise<void> {
  await ctx.jobs.send(sendMailJob, { mail: kind.name, data });
}

/** The worker's side: writes and delivers. A mail may go out twice after a crash; it never gets lost. */
export function mailWorker(kinds: readonly MailKind<never>[]): JobHandler<Ctx> {
  const byName = new Map(kinds.map((kind) => [kind.name, kind]));
  return onJob(sendMailJob, async (ctx, { mail, data }) => {
    const kind = byName.get(mail);
    if (kind === undefined) throw new Error(`There is no mail of the kind ${mail}`);
    const content = await kind.compose(ctx, data as never);
    if (content === null) return ctx.metrics.mails.count(mail, 'void');
    const span = { name: 'send mail', kind: 'client', attributes: { 'openward.mail.kind': mail } } as const;
    try {
      await traced(ctx.tracing, span, () => ctx.mail.deliver(renderMail(content)));
    } catch (error) {
      ctx.metrics.mails.count(mail, 'refused');
      throw error;
    }
    ctx.metrics.mails.count(mail, 'sent');
  });
}
