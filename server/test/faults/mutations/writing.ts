import type { Mutation } from './mutation.ts';

const chat = 'modules/chat';
const send = `${chat}/socket/handle-frame.ts`;

/** What an ack stands for: committed, once, whatever else is in the group. */
export const writing = {
  'ack before the commit': {
    edits: [
      {
        file: send,
        find: '    const input = { id: roomId, ...draft };',
        replace: `    const input = { id: roomId, ...draft };
    const guessed = (connection.rooms.get(roomId)?.feed.head ?? 0) + 1;
    connection.say({ type: 'ack', clientId, roomId, seq: guessed, id: roomId, sentAt: new Date().toISOString(), duplicate: false });`,
      },
    ],
    fault: 'none',
    expect: ['no false ack', 'no acked message lost'],
  },
  'an ack for a doubtful commit': {
    edits: [
      {
        file: send,
        find: 'const { carried } = await sendMessage(connection.ctx(), input, { seenIn, answer });',
        replace: `const { carried } = await sendMessage(connection.ctx(), input, { seenIn, answer }).catch((error: unknown) => {
      if (!(error instanceof Problem)) {
        const seq = (connection.rooms.get(roomId)?.feed.head ?? 0) + 1;
        connection.say({ type: 'ack', clientId, roomId, seq, id: roomId, sentAt: new Date().toISOString(), duplicate: false });
      }
      throw error;
    });`,
      },
    ],
    fault: 'postgres-killed',
    expect: ['no false ack', 'no acked message lost'],
  },
  'commits that do not wait for the disk': {
    edits: [
      {
        file: 'platform/database/connect.ts',
        find: '    options: startOptions(options.session),',
        replace: '    options: `${startOptions(options.session)} -c synchronous_commit=off`,',
      },
      // The server refuses to start like this.
      {
        file: `${chat}/check-database.ts`,
        find: "if (commits === 'off') {",
        replace: 'if (fsync === null) {',
      },
    ],
    fault: 'postgres-killed',
    expect: ['no acked message lost'],
  },
  'no dedupe': {
    edits: [
      {
        file: send,
        find: 'const input = { id: roomId, ...draft };',
        replace: 'const input = { id: roomId, ...draft, clientId: crypto.randomUUID() };',
      },
    ],
    fault: 'none',
    expect: ['none twice', 'no false ack'],
  },
  'one that fails takes its group with it': {
    edits: [
      {
        file: `${chat}/append-message.ts`,
        find: 'if (isUnavailable(error) && !isLockTimeout(error)) throw error;',
        replace: 'if (error !== null) throw error;',
      },
    ],
    fault: 'none',
    expect: ['no internal error'],
  },
  'a group acked before its commit': {
    edits: [
      {
        file: `${chat}/append-message.ts`,
        find: `    results = await appendGroup(
      db,
      group.map(({ item }) => item),
    );`,
        replace: `    results = await db.transaction(async (tx) => {
      const early = await appendGroup(tx, group.map(({ item }) => item));
      for (const [index, { resolve }] of group.entries()) {
        const result = early[index];
        if (result) resolve(result);
      }
      await new Promise((later) => setTimeout(later, 150));
      return early;
    });`,
      },
    ],
    fault: 'postgres-killed',
    expect: ['no acked message lost', 'what is acked is readable'],
  },
  'twins in one group are both written': {
    edits: [
      {
        file: `${chat}/append-message.ts`,
        find: '(seen.has(key) ? twins : firsts).push(sending);',
        replace:
          'firsts.push(seen.has(key) ? { ...sending, item: { ...sending.item, clientId: crypto.randomUUID() } } : sending);',
      },
    ],
    fault: 'none',
    expect: ['none twice'],
  },
} as const satisfies Record<string, Mutation>;
