import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cachePolicies, changesKeptMs, knowledgeMs, settleMs } from './cache-policies.ts';

const names = [
  'sessionState',
  'accountView',
  'doctorProfile',
  'doctorList',
  'specialtyCounts',
  'ratingAverages',
  'roomMembership',
] as const;

describe('the policies of what is kept', () => {
  it('are one for each thing', () => {
    expect(Object.keys(cachePolicies)).toEqual(names);
  });

  it.each(names)('%s is named by the code that follows it', (name) => {
    const files = readdirSync(new URL('./', import.meta.url), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== 'cache-policies.ts')
      .filter((file) => {
        const text = readFileSync(new URL(file, import.meta.url), 'utf8');
        return text.includes(`cachePolicies.${name}`) || text.includes(`\`${name}\` in server/src/cache-policies.ts`);
      });
    expect(files).not.toEqual([]);
  });

  it('let no copy outlive what is known of changes, and let every answer to a change wait for that', () => {
    for (const { freshMs, graceMs } of [
      cachePolicies.doctorProfile,
      cachePolicies.doctorList,
      cachePolicies.specialtyCounts,
    ]) {
      expect(freshMs.least + freshMs.jitter + graceMs).toBeLessThan(changesKeptMs);
    }
    expect(settleMs).toBeGreaterThan(knowledgeMs);
    expect(settleMs).toBeLessThan(100);
    const { freshMs, markMs } = cachePolicies.sessionState;
    expect(freshMs.least + freshMs.jitter).toBeLessThan(markMs);
  });
});
