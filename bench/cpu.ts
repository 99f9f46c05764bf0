import { readdirSync, readFileSync } from 'node:fs';

/** CPU seconds of a process, all threads that it has. */
export function cpuOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce(
    (sum, thread) => sum + runTimeMs(`/proc/${pid}/task/${thread}`) / 1000,
    0,
  );
}

/** CPU milliseconds of processes of one thread. */
export function runTimeOfMs(...pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + runTimeMs(`/proc/${pid}`), 0);
}

/** What the scheduler says that a thread has had: exact, where proc(5) `stat` counts in hundredths of a second. */
function runTimeMs(folder: string): number {
  return Number(readFileSync(`${folder}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}

/** Of PostgreSQL's processes, those that have ended too: their time goes to the one that started them. */
export function cpuOfChildren(pid: number): number {
  let sum = cpuOfEnded(pid);
  for (const child of readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')) {
    try {
      sum += cpuOf(Number(child));
    } catch {
      // It has ended meanwhile.
    }
  }
  return sum;
}

/** proc(5): cutime and cstime, in seconds. */
function cpuOfEnded(pid: number): number {
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const [user = 0, system = 0] = fields.split(' ').slice(13, 15).map(Number);
  return (user + system) / 100;
}
