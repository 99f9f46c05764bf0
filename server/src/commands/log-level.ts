import type { Logger } from '../platform/log.ts';

/**
 * SIGUSR2 makes a running process log at debug; once more, at the level of LOG_LEVEL again. Where there are no such signals
 * (Windows) nothing happens.
 * @returns what ends it.
 */
export function switchLogLevelOnSignal(log: Logger): () => void {
  const configured = log.level;
  const onSignal = () => {
    log.level = log.level === configured ? 'debug' : configured;
    // At the level that is on in either case, so that whoever sent the signal sees that it arrived.
    log.warn({ logLevel: log.level }, 'log level changed by SIGUSR2');
  };
  process.on('SIGUSR2', onSignal);
  return () => process.off('SIGUSR2', onSignal);
}
