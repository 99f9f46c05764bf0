import { describe, expect, it } from 'vitest';
import { editsStay } from './edits-stay.ts';
import { message, story } from './test-support.ts';
import { viewsAgree } from './views-agree.ts';

describe('(14) edits stay', () => {
  it('holds for the newest text, and for a later one that may have been written', () => {
    const tried = story().stored('ana', 'a', { text: 'third' }).said(1, 'first').said(1, 'second');
    expect(editsStay(tried.changes('first').changes('second').changes('third', null).round)).toEqual([]);
    const over = story().stored('ana', 'a', { text: 'first' }).changes('first').changes('second', 0);
    expect(editsStay(over.round)).toEqual([]);
  });

  it('holds for what was taken back, also when that may only have worked', () => {
    expect(editsStay(story().stored('ana', 'a', { text: null }).changes('first').changes(null).round)).toEqual([]);
    expect(editsStay(story().stored('ana', 'a', { text: null }).changes('first').changes(null, 0).round)).toEqual([]);
  });

  it('breaks when what has worked is not there, or an older text is', () => {
    expect(editsStay(story().stored('ana', 'a').changes('first').round)).toHaveLength(2);
    const older = story().stored('ana', 'a', { text: 'first' }).changes('first').changes('second');
    expect(editsStay(older.round)).toContainEqual(expect.stringContaining('changed to "second"'));
    expect(editsStay(story().stored('ana', 'a').changes(null).round)).toEqual([expect.stringContaining('to nothing')]);
  });

  it('breaks when an earlier text is not kept, or one that was refused is stored', () => {
    const { round } = story().stored('ana', 'a', { text: 'second' }).changes('first').changes('second');
    expect(editsStay(round)).toEqual([expect.stringContaining('nor kept')]);
    const refused = story()
      .stored('ana', 'a', { text: 'second' })
      .said(1, 'first')
      .changes('first')
      .changes('second', 409);
    expect(editsStay(refused.round)).toHaveLength(1);
  });

  it('breaks when somebody still reads an older text once all is quiet', () => {
    const edited = story().stored('ana', 'a', { text: 'first' }).changes('first');
    const { round } = edited.replies('ben-http', { final: true, messages: [message('ana', 'a')] });
    expect(editsStay(round)).toEqual([expect.stringContaining('when all was quiet')]);
  });
});

describe('(4) all views agree on an edited message', () => {
  it('with its texts of before, and with no other', () => {
    const edited = story().sends('ana-phone', 'a').stored('ana', 'a', { text: 'first' }).said(1, 'text of a');
    edited.opens('ben-phone').changes('first').shows('ben-phone', 'ana', 'a', 1);
    expect(viewsAgree(edited.round)).toEqual([]);
    expect(viewsAgree(edited.shows('ben-phone', 'ana', 'a', 1, { text: 'never said' }).round)).toHaveLength(1);
  });

  it('with what was tried, when it was taken back', () => {
    const gone = story().sends('ana-phone', 'a').stored('ana', 'a', { text: null }).changes('first', 0).changes(null);
    gone.opens('ben-phone').shows('ben-phone', 'ana', 'a', 1).shows('ben-phone', 'ana', 'a', 1, { text: 'first' });
    expect(viewsAgree(gone.round)).toEqual([]);
    expect(viewsAgree(gone.shows('ben-phone', 'ana', 'a', 1, { text: 'never said' }).round)).toHaveLength(1);
  });
});
