import type { Mutation } from './mutation.ts';

const chat = 'modules/chat';
const send = `${chat}/socket/handle-frame.ts`;

/** What a connection is shown: everything, once, in order, and nothing before it is committed. */
export const delivery = {
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
        find: '      this.#receiver.send(message.frame);\n      this.feed.onPassed',
        replace:
          '      this.#receiver.send(message.frame);\n      if (message.seq % 20 === 0) this.#receiver.send(message.frame);\n      this.feed.onPassed',
      },
    ],
    fault: 'none',
    expect: ['none twice'],
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
} as const satisfies Record<string, Mutation>;
