import { sql } from 'drizzle-orm';
import type { TestServer } from './harness.ts';

/** As if everybody had logged in so long ago that what asks for a fresh login asks again. */
export async function ageLogins({ ctx }: TestServer): Promise<void> {
  await ctx.db.execute(sql`UPDATE sessions SET authenticated_at = now() - interval '1 hour'`);
}
