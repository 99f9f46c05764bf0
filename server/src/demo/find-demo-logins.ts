import type { Ctx } from '../context.ts';
import { isEmpty } from './is-empty.ts';
import { demoLogins } from './logins.ts';

/** The logins of the demo data, if that is what is in the database. */
export async function findDemoLogins(ctx: Ctx): Promise<typeof demoLogins> {
  return (await isEmpty(ctx)) === 'demo' ? demoLogins : [];
}
