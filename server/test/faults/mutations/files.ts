import type { Mutation } from './mutation.ts';

const chat = 'modules/chat';

/** Who gets the bytes of a file, and until when. */
export const files = {
  'strangers may open files': {
    edits: [
      {
        file: `${chat}/get-attachment.ts`,
        find: '  const room = await roomFor(ctx, roomId);',
        replace: '  const room = await roomFor(ctx, roomId).catch(() => ({ roomId, patientId: null }));',
      },
      {
        file: `${chat}/attachment-view.ts`,
        find: '        eq(roomMembers.accountId, asked.accountId),\n',
        replace: '',
      },
    ],
    fault: 'none',
    expect: ['files reach members alone'],
  },
  'a file outlives its message': {
    edits: [
      {
        file: `${chat}/retract-message.ts`,
        find: '    if (ids.length > 0) await markRemoved(ctx, roomId, ids);',
        replace: '    if (ids.length > 99) await markRemoved(ctx, roomId, ids);',
      },
    ],
    fault: 'none',
    expect: ['files reach members alone'],
  },
} as const satisfies Record<string, Mutation>;
