import { describe, expect, it } from 'vitest';
import { editsStay } from './edits-stay.ts';
import { message, type Story, story } from './test-support.ts';
import { viewsAgree } from './views-agree.ts';

function edits(one: Story, text: string, done: boolean): Story {
  return one.event({ kind: 'edit', device: 'ana-http', roomId: 'room', seq: 1, text, done });
}

describe('(14) edits stay', () => {
  it('holds for the newest text, and for a later one that may have been written', () => {
    const tried = story().stored('ana', 'a', { text: 'third' });
    for (const [text, done] of [
      ['first', true],
      ['second', true],
      ['third', false],
    ] as const)
      edits(tried, text, done);
    expect(editsStay(tried.round)).toEqual([]);
    const over = edits(story().stored('ana', 'a', { text: 'first' }), 'first', true);
    expect(editsStay(edits(over, 'second', false).round)).toEqual([]);
  });

  it('breaks when what has worked is not there, or an older text is', () => {
    expect(editsStay(edits(story().stored('ana', 'a'), 'first', true).round)).toHaveLength(1);
    const older = edits(story().stored('ana', 'a', { text: 'first' }), 'first', true);
    expect(editsStay(edits(older, 'second', true).round)).toEqual([expect.stringContaining('edited to "second"')]);
  });

  it('breaks when somebody still reads an older text once all is quiet', () => {
    const edited = edits(story().stored('ana', 'a', { text: 'first' }), 'first', true);
    const { round } = edited.replies('ben-http', { final: true, messages: [message('ana', 'a')] });
    expect(editsStay(round)).toEqual([expect.stringContaining('when all was quiet')]);
  });
});

describe('(4) all views agree on an edited message', () => {
  it('with its texts of before, and with no other', () => {
    const edited = story().sends('ana-phone', 'a').stored('ana', 'a', { text: 'first' }).opens('ben-phone');
    edits(edited, 'first', true).shows('ben-phone', 'ana', 'a', 1);
    expect(viewsAgree(edited.round)).toEqual([]);
    expect(viewsAgree(edited.shows('ben-phone', 'ana', 'a', 1, { text: 'never said' }).round)).toHaveLength(1);
  });
});
