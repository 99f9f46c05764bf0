import { median, type Ratio } from './report.ts';

/** What is to be reached, as a ratio that was measured in one run. `by` names what {@link sayRatio} said. */
type Goal = {
  row: string;
  work: string;
  by: string;
  /** None: it is a goal and no more. */
  floor?: number;
  goal: number;
  /** Beside somebody who is not installed everywhere: where they are missing, so is the row. */
  guest?: true;
  /** Held to the worst of what was measured, not to the median: that of many lists, each counts. */
  worst?: true;
};

const goals: readonly Goal[] = [
  {
    row: 'H1',
    work: 'doctors of a specialty from the database, of `node:http` + `pg`',
    by: 'H1: openward, the list from the database / node:http + pg, the list',
    ...{ floor: 0.75, goal: 0.9 },
  },
  {
    row: 'H1',
    work: 'the same of a million doctors',
    by: 'H1 of many: openward, the list from the database / node:http + pg, the list',
    ...{ floor: 0.75, goal: 0.9 },
  },
  {
    row: 'H1c',
    work: 'the same from the cache, of a trivial route of bare `node:http`',
    by: 'H1c: openward, the list from the cache / node:http, a trivial route, awake',
    ...{ floor: 0.35, goal: 0.6 },
  },
  {
    row: 'H2',
    work: 'a request with its relations, read audited, of `node:http` + `pg`',
    by: 'H2: openward, a request / node:http + pg, a request',
    ...{ floor: 0.5, goal: 0.75 },
  },
  {
    row: 'A2',
    work: 'GET /me logged in, of a trivial route of bare `node:http`',
    by: 'A2: openward, GET /me / node:http, a trivial route',
    ...{ floor: 0.25, goal: 0.5 },
  },
  {
    row: 'A1',
    work: 'logins a second, of bcrypt alone',
    by: 'A1: logins/s, openward / bcrypt alone',
    ...{ floor: 0.95, goal: 0.98 },
  },
  { row: 'A1', work: 'p99 of GET /me meanwhile', by: 'A1, p99 of GET /me meanwhile', floor: 25, goal: 15 },
  {
    row: 'C1',
    work: 'durable messages a second in 500 rooms of 2, of `ws` that keeps nothing',
    by: 'C1: openward / ws, no persistence',
    ...{ floor: 0.5, goal: 0.7 },
  },
  { row: 'C1', work: 'the same, of `ws` + INSERT', by: 'C1: openward / ws + INSERT', goal: 3 },
  {
    row: 'C1',
    work: 'the same, of ejabberd with its archive',
    by: 'C1: openward / ejabberd + archive',
    ...{ goal: 6, guest: true },
  },
  {
    row: 'C1r',
    work: 'deliveries a second in a room of 100, of `ws` that keeps nothing',
    by: 'C1r: openward / ws, no persistence',
    ...{ floor: 0.85, goal: 1.2 },
  },
  {
    row: 'C1l',
    work: 'p50 of the ack at 500 messages a second, of `ws` + INSERT',
    by: 'C1l: openward / ws + INSERT',
    ...{ floor: 1.2, goal: 1 },
  },
  { row: 'C2', work: 'memory of an idle socket, of `ws`', by: 'C2: rss, openward / ws', floor: 1.5, goal: 1.2 },
  {
    row: 'C3',
    work: '1,000 sockets resume, of one pass of SQL and writes',
    by: 'C3, resume ms: openward / ws + one pass of SQL',
    ...{ floor: 3, goal: 1.5 },
  },
  {
    row: 'N1',
    work: 'CPU for a message on two nodes, of one node',
    by: 'N1, 500 messages/s a node, serverMsPerMessage: two nodes / one',
    ...{ floor: 1.3, goal: 1.1 },
  },
  {
    row: 'S1',
    work: 'p50 of each of the directory’s lists, of 100,000 doctors of 10,000',
    by: 'S1: the directory',
    ...{ floor: 2, goal: 1.3, worst: true },
  },
];

/** The rows of "to reach" that this run has measured, each with what came of it; of a whole run, those too that it has not. */
export function heldToGoals(ratios: readonly Ratio[], isWhole: boolean): Record<string, string>[] {
  return goals.flatMap(({ row, work, by, floor, goal, guest, worst }) => {
    const ratio = ratios.find(({ name }) => name === by);
    if (ratio === undefined)
      return isWhole && guest !== true ? [{ row, work, result: `not measured: nothing said "${by}"` }] : [];
    const { rounds, less, unit } = ratio;
    const text = (value: number) => (unit === undefined ? value.toFixed(2) : `${value.toFixed(1)} ${unit}`);
    const extremes = [Math.min(...rounds), Math.max(...rounds)] as const;
    const held = worst ? extremes[less ? 1 : 0] : median(rounds);
    const reaches = (bound: number) => (less ? held <= bound : held >= bound);
    const short = floor === undefined ? 'short of the goal' : reaches(floor) ? 'floor met' : '**missed**';
    return [
      {
        ...{ row, work, result: reaches(goal) ? 'goal met' : short },
        median: text(median(rounds)),
        range: `${text(extremes[0])} to ${text(extremes[1])}`,
        ...{ floor: floor === undefined ? '' : text(floor), goal: text(goal), wants: less ? 'less' : 'more' },
      },
    ];
  });
}
