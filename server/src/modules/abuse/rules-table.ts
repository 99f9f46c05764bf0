import { abuseSteps } from '@openward/contracts';
import type { Rule } from './rules.ts';

/** The rules as docs/operations.md shows them: a table in Markdown. */
export function rulesTable(rules: readonly Rule[]): string {
  const head = ['rule', 'counts', 'for', 'within', ...abuseSteps, 'holds up'];
  return [head, head.map(() => '---'), ...rules.map(rowOf)].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function rowOf(rule: Rule): string[] {
  const { name, feeds, distinct, counts, windowS, steps, hits } = rule;
  const signals = Object.entries(feeds).map(([kind, points]) => (points === 1 ? kind : `${kind} ×${points}`));
  const what = signals.length === 0 ? 'accounts' : signals.join(', ');
  return [
    name,
    distinct ? `different: ${what}` : what,
    counts,
    duration(windowS),
    ...abuseSteps.map((step) =>
      steps[step] === undefined ? '' : `${steps[step].at}, ${duration(steps[step].lastsS)}`,
    ),
    hits === 'all' ? 'all' : hits.length === 0 ? 'nobody' : hits.map((path) => `\`${path}\``).join(' '),
  ];
}

function duration(seconds: number): string {
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
  ] as const;
  const [unit, length] = units.find(([, length]) => seconds % length === 0) ?? ['s', 1];
  return `${seconds / length} ${unit}`;
}
