import type { Mutation } from './mutation.ts';

const chat = 'modules/chat';

/** Who is shown it, and that it is written down. */
export const access = {
  'strangers may read': {
    edits: [
      {
        file: `${chat}/access.ts`,
        find: "        eq(roomMembers.accountId, sql.placeholder('accountId')),\n",
        replace: "        sql`${sql.placeholder('accountId')}::uuid IS NOT NULL`,\n",
      },
    ],
    fault: 'none',
    expect: ['only members see'],
  },
  'who left goes on reading': {
    edits: [
      {
        file: `${chat}/socket/room-feed.ts`,
        find: 'return this.members.has(accountId);',
        replace: 'return accountId !== null;',
      },
      {
        file: `${chat}/socket/room-feed.ts`,
        find: 'if (!members.has(subscription.accountId)) subscription.leave();',
        replace: 'if (members.size === 0) subscription.leave();',
      },
    ],
    fault: 'none',
    expect: ['only members see'],
  },
  'a socket outlives its session': {
    edits: [
      {
        file: `${chat}/socket/session-watch.ts`,
        find: 'if (session === undefined) connection.endSession();',
        replace: 'if (session === undefined) connections.trust(connection, doubt);',
      },
    ],
    fault: 'none',
    expect: ['only members see'],
  },
  'reading leaves no trace': {
    edits: [
      {
        file: `${chat}/access.ts`,
        find: '  const { roomId, patientId } = room;\n  await audit(ctx, {',
        replace: '  const { roomId, patientId } = room;\n  if (Math.random() < 0.2) return;\n  await audit(ctx, {',
      },
    ],
    fault: 'none',
    expect: ['the audit is complete'],
  },
} as const satisfies Record<string, Mutation>;
