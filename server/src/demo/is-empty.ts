import type { Ctx } from '../context.ts';
import { accounts, findAccountByEmail } from '../modules/identity/index.ts';
import { demoLogins } from './logins.ts';

/** Whether demo data may go in (nobody has an account), is in already, or real people are there. */
export async function isEmpty(ctx: Ctx): Promise<'empty' | 'demo' | 'in-use'> {
  const [anyone] = await ctx.db.select({ id: accounts.id }).from(accounts).limit(1);
  if (anyone === undefined) return 'empty';
  const [patient] = demoLogins;
  return patient !== undefined && (await findAccountByEmail(ctx, patient.email)) !== null ? 'demo' : 'in-use';
}
