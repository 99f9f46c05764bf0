import { describe, expect, it } from 'vitest';
import { readingStays } from './reading-stays.ts';
import { story } from './test-support.ts';

describe('(19) reading stays', () => {
  const told = { type: 'read', roomId: 'room', accountId: 'ana', seq: 2 } as const;

  it('holds for the furthest that was said, and for one of which it is not known', () => {
    const both = story().opens('ben-phone').reads('ana', 2).frame('ben-phone#1', told).reads('ana', 1);
    expect(readingStays(both.hasRead('ana', 2).round)).toEqual([]);
    expect(readingStays(story().reads('ana', 1).reads('ana', 2, 0).hasRead('ana', 2).round)).toEqual([]);
    expect(readingStays(story().reads('ana', 1).reads('ana', 2, 0).hasRead('ana', 1).round)).toEqual([]);
  });

  it('breaks when it went back, or further than anybody said', () => {
    const back = story().reads('ana', 2).reads('ana', 1).hasRead('ana', 1);
    expect(readingStays(back.round)).toEqual([expect.stringContaining('up to 2, at most 2, and 1 is stored')]);
    expect(readingStays(story().reads('ana', 2).hasRead('ana', 3).round)).toHaveLength(1);
    expect(readingStays(story().hasRead('ana', 1).round)).toHaveLength(1);
  });

  it('breaks when a socket begins with less than was known, but not when it was said meanwhile', () => {
    const later = story().reads('ana', 2).later(3000).opens('ana-phone').hasRead('ana', 2);
    expect(readingStays(later.round)).toEqual([expect.stringContaining('had read 2 of room and began with 0')]);
    expect(readingStays(story().opens('ana-phone').reads('ana', 2).hasRead('ana', 2).round)).toEqual([]);
  });

  it('breaks when others are told what was not said, or not yet', () => {
    const early = story().opens('ben-phone').frame('ben-phone#1', told).reads('ana', 2).hasRead('ana', 2);
    expect(readingStays(early.round)).toEqual([expect.stringContaining('was told')]);
  });
});
