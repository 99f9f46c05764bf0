import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type InvariantName, invariants } from '../checker.ts';
import { mutations } from './mutations.ts';

const source = fileURLToPath(new URL('../../../src/', import.meta.url));

describe('the breaks that the harness has to find', () => {
  it.each(Object.entries(mutations))('"%s" finds its place in the source', (_name, { edits }) => {
    for (const { file, find } of edits) {
      expect(readFileSync(source + file, 'utf8').split(find), `${file} has once: ${find}`).toHaveLength(2);
    }
  });

  it('there is at least one for each invariant', () => {
    const expected = new Set(Object.values(mutations).flatMap(({ expect }) => expect));
    expect((Object.keys(invariants) as InvariantName[]).filter((name) => !expected.has(name))).toEqual([]);
  });
});
