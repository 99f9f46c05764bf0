import { within } from '../within.ts';

/** Tells what is done and since when, and ends what takes too long with what it was at. */
export type Progress = {
  say(line: string): void;
  /** @throws Error that says what was waited for, when it takes more than `limitS`. */
  step<T>(limitS: number, what: string, work: Promise<T>): Promise<T>;
};

export function startProgress(write: (line: string) => void): Progress {
  const startedAt = performance.now();
  let last = '';
  const say = (line: string) => {
    last = line.trim();
    write(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  };
  return { say, step: (limitS, what, work) => within(limitS * 1000, () => `${what}; it was at: ${last}`, work) };
}
