import { readFileSync } from 'node:fs';

/** CPU seconds of a process, all its threads. */
export function cpuOf(pid: number): number {
  const [user = 0, system = 0] = cpuTimes(pid);
  return user + system;
}

/** What the scheduler says that these processes of one thread have had: exact, where `cpuOf` counts in hundredths of a second. */
export function runTimeOfMs(...pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6, 0);
}

/** Of PostgreSQL's processes, those that have ended too: their time goes to the one that started them. */
export function cpuOfChildren(pid: number): number {
  const [, , endedUser = 0, endedSystem = 0] = cpuTimes(pid);
  let sum = endedUser + endedSystem;
  for (const child of readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')) {
    try {
      sum += cpuOf(Number(child));
    } catch {
      // It has ended meanwhile.
    }
  }
  return sum;
}

/** proc(5): utime, stime, cutime, cstime, in seconds. */
function cpuTimes(pid: number): number[] {
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  return fields
    .split(' ')
    .slice(11, 15)
    .map((ticks) => Number(ticks) / 100);
}
