import type { InvariantName } from '../checker.ts';
import type { FaultName } from '../faults/index.ts';

/**
 * A break of the delivery promise, put into a copy of the server on purpose: where the texts stand that are replaced, the fault under
 * which it shows, and the invariants of which at least one has to notice. A text that is not there any more is an error, so
 * that no break goes missing when the code moves: then this list moves with it.
 */
export type Mutation = {
  edits: readonly { file: string; find: string; replace: string }[];
  fault: FaultName;
  expect: readonly InvariantName[];
};

const chat = 'modules/chat';
const send = `${chat}/socket/handle-frame.ts`;

export const mutations: Record<string, Mutation> = {
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
        find: 'if (isUnavailable(error)) connection.node.feeds.onDoubtfulWrite(roomId);',
        replace: `if (isUnavailable(error)) {
        const seq = (connection.rooms.get(roomId)?.feed.head ?? 0) + 1;
        connection.say({ type: 'ack', clientId, roomId, seq, id: roomId, sentAt: new Date().toISOString(), duplicate: false });
      }`,
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
        find: "if (facts.commits === 'off') {",
        replace: 'if (facts.fsync === null) {',
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
  'an edit that is not written': {
    edits: [
      {
        file: `${chat}/edit-message.ts`,
        find: '.set({ text, editedAt: sql`now()`, changeSeq })',
        replace: '.set({ editedAt: sql`now()`, changeSeq })',
      },
    ],
    fault: 'none',
    expect: ['edits stay'],
  },
  'live before the history': {
    edits: [
      {
        file: send,
        find: '  subscription.resumeAfter(afterSeq, head);',
        replace: '  subscription.resumeAfter(head, head);',
      },
    ],
    fault: 'none',
    expect: ['dense', 'views converge'],
  },
  'one message lost at a resume': {
    edits: [
      {
        file: send,
        find: '  subscription.resumeAfter(afterSeq, head);',
        replace: '  subscription.resumeAfter(Math.min(afterSeq + 1, head), head);',
      },
    ],
    fault: 'none',
    expect: ['dense', 'views converge'],
  },
  'shown before the commit': {
    edits: [
      {
        file: send,
        find: '    const input = { id: roomId, ...draft };',
        replace: `    const input = { id: roomId, ...draft };
    const before = connection.node.feeds.get(roomId);
    const early = { roomId, seq: (before?.head ?? 0) + 1, id: roomId, clientId, senderId: connection.accountId, text: draft.text, sentAt: new Date().toISOString(), retractedAt: null };
    before?.offer(new LiveMessage(early as never), before.version);`,
      },
    ],
    fault: 'none',
    expect: ['nothing uncommitted is shown', 'all views agree'],
  },
  'an order swapped': {
    edits: [
      {
        file: 'platform/socket/socket-link.ts',
        find: '  send(frame: Buffer): void {\n    if (!this.open) return;',
        replace: `  send(frame: Buffer): void {
    if (Math.random() < 0.05) setTimeout(() => this.sendNow(frame), 40);
    else this.sendNow(frame);
  }

  sendNow(frame: Buffer): void {
    if (!this.open) return;`,
      },
    ],
    fault: 'none',
    expect: ['dense', 'none twice'],
  },
  'a message delivered twice': {
    edits: [
      {
        file: `${chat}/socket/subscription.ts`,
        find: 'if (!own || repeated) this.#receiver.send(message.frame);',
        replace:
          'if (!own || repeated) this.#receiver.send(message.frame);\n    if (message.seq % 20 === 0) this.#receiver.send(message.frame);',
      },
    ],
    fault: 'none',
    expect: ['none twice'],
  },
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
        find: 'return this.#members.has(accountId);',
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
        file: `${chat}/socket/gateway.ts`,
        find: 'if (session === undefined) connection.endSession();',
        replace: 'if (session === undefined) continue;',
      },
    ],
    fault: 'none',
    expect: ['only members see'],
  },
  'a deaf bus goes unnoticed': {
    edits: [
      {
        file: 'platform/bus/redis-carrier.ts',
        find: 'const deafAfterMs = 6000;',
        replace: 'const deafAfterMs = 6_000_000;',
      },
      { file: 'limits.ts', find: 'heartbeatMs: 20_000', replace: 'heartbeatMs: 2_000_000' },
    ],
    fault: 'redis-deaf',
    expect: ['views converge'],
  },
  'a broken connection ends the process': {
    edits: [
      {
        file: 'platform/database/connect.ts',
        find: "  pool.on('error', (error) => {",
        replace: "  pool.on('never', (error: Error) => {",
      },
      {
        file: 'platform/database/connect.ts',
        find: "  pool.on('connect', (client) => {",
        replace: "  pool.on('never', (client: pg.Client) => {",
      },
    ],
    fault: 'postgres-killed',
    expect: ['nodes are bounded'],
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
  'what is committed is read late': {
    edits: [
      {
        file: `${chat}/read-messages.ts`,
        find: "sql`${messages.seq} BETWEEN ${sql.placeholder('fromSeq')} AND ${sql.placeholder('toSeq')}`,\n      ),\n    )\n    .orderBy(asc(messages.seq))",
        replace:
          "sql`${messages.seq} BETWEEN ${sql.placeholder('fromSeq')} AND ${sql.placeholder('toSeq')} AND ${messages.sentAt} < now() - interval '300 ms'`,\n      ),\n    )\n    .orderBy(asc(messages.seq))",
      },
    ],
    fault: 'none',
    expect: ['what is acked is readable'],
  },
  'the sender is told wrong': {
    edits: [
      {
        file: `${chat}/message-view.ts`,
        find: '  senderId: messages.senderId,',
        replace: '  senderId: messages.id,',
      },
    ],
    fault: 'none',
    expect: ['all views agree'],
  },
  'the newest frame first': {
    edits: [
      {
        file: 'platform/socket/frame-queue.ts',
        find: 'const first = this.#waiting.shift();',
        replace: 'const first = this.#waiting.pop();',
      },
    ],
    fault: 'none',
    expect: ["a sender's order is kept"],
  },
};
