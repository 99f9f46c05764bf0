import { describe, expect, it } from 'vitest';
import type { Download } from '../history.ts';
import { filesReachMembers } from './files-reach-members.ts';
import { noInternalError } from './no-internal-error.ts';
import { onlyMembersSee } from './only-members-see.ts';
import { message, story } from './test-support.ts';

const file = { id: 'f', name: 'f.png', type: 'image/png', sizeBytes: 1 } as const;

/** Ana has sent a message with a file, and it was acknowledged. */
function sent(more: { text?: null; attachments?: never[] } = {}) {
  const stored = { attachments: [file], ...more };
  return story()
    .event({ kind: 'upload', device: 'ana-http', accountId: 'ana', roomId: 'room', attachmentId: 'f', sha256: 'hash' })
    .sends('ana-http', 'a', { connection: null, attachmentIds: ['f'] })
    .replies('ana-http', { call: 'send', status: 201, clientId: 'a', messages: [message('ana', 'a')] })
    .stored('ana', 'a', stored);
}

function download(accountId: string, more: Partial<Download> = {}): Download {
  const asked = { kind: 'download', device: `${accountId}-http`, accountId, node: 'node-1', roomId: 'room' } as const;
  return { ...asked, attachmentId: 'f', askedAt: 1000, status: 200, sha256: 'hash', final: true, ...more };
}

const refused = { status: 404, sha256: null };

describe('(18) files reach members alone', () => {
  it('holds when members get the bytes and others nothing', () => {
    const { round } = sent().event(download('ben')).event(download('eve', refused));
    expect(filesReachMembers(round)).toEqual([]);
  });

  it('holds when nobody gets what was taken back', () => {
    expect(filesReachMembers(sent({ text: null }).changes(null).event(download('ben', refused)).round)).toEqual([]);
  });

  it('breaks when a stranger gets it, or somebody who has left', () => {
    const strange = sent().event(download('eve'));
    expect(filesReachMembers(strange.round)).toEqual([expect.stringContaining('is not in the room')]);
    const left = sent().leaves('ben', 1).event(download('ben'));
    expect(filesReachMembers(left.round)).toEqual([expect.stringContaining('is not in the room')]);
  });

  it('breaks when it is gone, other, or not to be had by a member', () => {
    const lost = sent({ attachments: [] });
    expect(filesReachMembers(lost.round)).toEqual([expect.stringContaining('stored with ""')]);
    expect(filesReachMembers(sent().event(download('ben', { sha256: 'other' })).round)).toHaveLength(1);
    expect(filesReachMembers(sent().event(download('ben', refused)).round)).toEqual([expect.stringContaining('404')]);
  });

  it('breaks when it can be had after its message was taken back', () => {
    const { round } = sent({ text: null }).changes(null).event(download('ben'));
    expect(filesReachMembers(round)).toEqual([expect.stringContaining('taken back')]);
  });
});

describe('changes and files', () => {
  it('of strangers are seen by (8), internal errors by (13)', () => {
    const eve = { device: 'eve-http', accountId: 'eve' };
    expect(onlyMembersSee(story().stored('ana', 'a').changes('other', 404, eve).round)).toEqual([]);
    expect(onlyMembersSee(story().stored('ana', 'a').changes('other', 200, eve).round)).toHaveLength(1);
    expect(noInternalError(story().changes('other', 500).round)).toHaveLength(1);
    expect(noInternalError(sent().event(download('ben', { status: 500, sha256: null })).round)).toHaveLength(1);
  });
});
