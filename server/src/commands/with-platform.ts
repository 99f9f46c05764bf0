import type { Config } from '../config.ts';
import type { Ctx, Platform } from '../context.ts';
import { borrowDatabases, requireNewestSchema } from '../databases.ts';
import { openPlatform } from '../open-platform.ts';
import { createLog } from '../platform/log.ts';

/** Runs `work` with a ctx of its own, beside a running server or alone, and closes everything after it. */
export async function withPlatform(
  config: Config,
  say: (message: string) => void,
  work: (ctx: Ctx, platform: Platform) => Promise<void>,
): Promise<void> {
  const databases = await borrowDatabases(config, say);
  try {
    await requireNewestSchema(databases.urls, config, say);
    const { ctx, platform, close } = await openPlatform({
      config,
      urls: databases.urls,
      roles: [],
      log: createLog({ ...config, logLevel: 'warn' }),
    });
    try {
      await work(ctx, platform);
    } finally {
      await close();
    }
  } finally {
    await databases.close();
  }
}
