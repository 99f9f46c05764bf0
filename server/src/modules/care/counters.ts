import { counter } from '#platform/metrics/counters.ts';

// What happens to those who wait: never to whom.

export const leasesEnded = counter(
  'openward_leases_ended_total',
  'Requests that went back to the queue since their doctor said nothing in time.',
);

export const escalations = counter(
  'openward_escalations_total',
  'Requests that nobody took in time, by who was told: doctors, admins.',
  ['step'],
);

export const redFlagsFound = counter('openward_red_flags_total', 'Red flags found in what patients wrote, by rule.', [
  'rule',
]);
