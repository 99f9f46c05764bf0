import { readdirSync, readFileSync } from 'node:fs';

/** The processes that a process has started, and theirs. Linux only, as are the faults that need it. */
export function descendantsOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // pid (command) state parent …; the command may hold spaces and brackets.
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended meanwhile.
    }
  }
  const found: number[] = [];
  for (let generation = [pid]; generation.length > 0; ) {
    const children = [...parents].filter(([, parent]) => generation.includes(parent)).map(([child]) => child);
    found.push(...children);
    generation = children;
  }
  return found;
}

/** A process may end between looking and signalling. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** What a process holds, or null when it is gone. */
export function usageOf(pid: number): { rssMb: number; descriptors: number } | null {
  try {
    const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    return { rssMb: Math.round(kilobytes / 1024), descriptors: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return null;
  }
}
