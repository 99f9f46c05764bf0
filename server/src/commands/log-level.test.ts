import { pino } from 'pino';
import { expect, it } from 'vitest';
import { switchLogLevelOnSignal } from './log-level.ts';

it('SIGUSR2 turns debug on, and off again, for lines of calls as well', () => {
  const lines: { level: number; msg: string; logLevel?: string }[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const stop = switchLogLevelOnSignal(log);
  // As the signal arrives, without one on its way while another test runs.
  const signal = () => process.emit('SIGUSR2', 'SIGUSR2');
  log.child({ requestId: 'one' }).debug('before');
  signal();
  log.child({ requestId: 'two' }).debug('while it is on');
  signal();
  log.child({ requestId: 'three' }).debug('after');
  stop();
  expect(lines.map(({ msg, logLevel }) => [msg, logLevel])).toEqual([
    ['log level changed by SIGUSR2', 'debug'],
    ['while it is on', undefined],
    ['log level changed by SIGUSR2', 'info'],
  ]);
  expect(process.listenerCount('SIGUSR2')).toBe(0);
});
