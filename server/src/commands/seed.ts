import type { Config } from '../config.ts';
import { isEmpty } from '../demo/is-empty.ts';
import { demoLogins } from '../demo/logins.ts';
import { seedDemoData } from '../demo/seed.ts';
import { withPlatform } from './with-platform.ts';

/** Fills an empty database with demo data. @throws Error in production, or when there are accounts already. */
export async function seed(config: Config): Promise<void> {
  if (config.env === 'production')
    throw new Error('Demo data is not for production. Unset NODE_ENV, or use another database.');
  const say = (message: string) => void process.stdout.write(`${message}\n`);
  await withPlatform(config, say, async (ctx, platform) => {
    if ((await isEmpty(ctx)) !== 'empty')
      throw new Error(
        'There are accounts already. Demo data goes into an empty database only: set DATA_DIR or DATABASE_URL to another.',
      );
    await seedDemoData(platform, say);
    for (const { role, email, password } of demoLogins) say(`${role}: ${email} ${password}`);
  });
}
