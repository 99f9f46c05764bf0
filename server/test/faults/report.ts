import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RoundResult } from './round.ts';

/** Whether the round was played to its end, and everything held. */
export function isFine({ broken, error }: RoundResult): boolean {
  return broken.size === 0 && error === null;
}

/** One line for a round: what was done, what came of it. */
export function lineOf(result: RoundResult): string {
  const { fault, seed, did, sent, acked, repeated, delivered, healingMs, tookMs } = result;
  const numbers = [
    `${sent} sent`,
    `${acked} acked`,
    `${repeated} acked again`,
    `${delivered} delivered`,
    `healed in ${Math.round(healingMs)} ms`,
    `${(tookMs / 1000).toFixed(1)} s`,
  ];
  return `${isFine(result) ? '✓' : '✗'} ${fault.padEnd(16)} seed ${seed.padEnd(10)} ${numbers.join(', ')}${did.map((what) => `; ${what}`).join('')}`;
}

/** What does not hold, with the first few cases of each invariant. */
export function complaintOf({ broken, error }: RoundResult): string {
  const lines: string[] = [];
  if (error !== null) lines.push(`    ${error instanceof Error ? error.stack : String(error)}`);
  for (const [invariant, found] of broken) {
    lines.push(`    broken: ${invariant} (${found.length})`);
    lines.push(...found.slice(0, 5).map((line) => `      ${line}`));
  }
  return lines.join('\n');
}

/** Keeps a round in a folder of its own: history, what is stored, the audit, what the nodes said. @returns the folder */
export function keepRound({ fault, seed, round, broken }: RoundResult, outputs: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), `openward-failed-${fault}-${seed}-`));
  const lines = (items: readonly unknown[]) => items.map((item) => `${JSON.stringify(item)}\n`).join('');
  writeFileSync(join(folder, 'history.jsonl'), lines(round.events));
  writeFileSync(join(folder, 'messages.jsonl'), lines(round.database.messages));
  writeFileSync(join(folder, 'members.jsonl'), lines(round.database.members));
  writeFileSync(join(folder, 'audit.jsonl'), lines(round.audit));
  writeFileSync(join(folder, 'broken.json'), JSON.stringify(Object.fromEntries(broken), null, 2));
  for (const [node, output] of Object.entries(outputs)) writeFileSync(join(folder, `${node}.log`), output);
  return folder;
}

export function reproduction({ fault, seed }: Pick<RoundResult, 'fault' | 'seed'>, short: boolean): string {
  return `npm run test:faults -- --fault ${fault} --seed ${seed} --rounds 1${short ? ' --short' : ''}`;
}
