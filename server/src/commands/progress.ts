import type { Config } from '../config.ts';
import type { Logger } from '../platform/log.ts';

/** What a person sees while something takes a while. In production it is log lines like all others. */
export type Progress = { step(message: string): void; ready(lines: string[]): void };

export function createProgress(config: Pick<Config, 'env'>, log: Logger): Progress {
  if (config.env === 'production') {
    return {
      step: (message) => log.info(message),
      ready: (lines) => log.info(lines[0] ?? 'ready'),
    };
  }
  return {
    step: (message) => void process.stdout.write(`· ${message}\n`),
    ready: (lines) => void process.stdout.write(`\n${lines.join('\n')}\n\n`),
  };
}
