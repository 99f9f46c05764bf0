import type { Mutation } from './mutation.ts';

const chat = 'modules/chat';

/** What becomes of messages after they were sent. */
export const changes = {
  'reading goes back': {
    edits: [
      {
        file: `${chat}/mark-read.ts`,
        find: "        lt(roomMembers.readSeq, sql.placeholder('seq')),\n",
        replace: "        lt(sql`0`, sql.placeholder('seq')),\n",
      },
    ],
    fault: 'none',
    expect: ['reading stays'],
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
  'an edit acked before its commit': {
    edits: [
      {
        file: `${chat}/edit-message.ts`,
        find: '  const edited = await ctx.chatTx(async (ctx) => {\n    const { inWindow,',
        replace: `  const early = Promise.withResolvers<Message>();
  ctx.chatTx(async (ctx) => {
    const done = await editWithin(ctx);
    early.resolve(done);
    await new Promise((later) => setTimeout(later, 150));
  }).catch(early.reject);
  const edited = await early.promise;
  await lookForRedFlags(ctx, edited);
  return edited;

  async function editWithin(ctx: Ctx): Promise<Message> {
    const { inWindow,`,
      },
      {
        file: `${chat}/edit-message.ts`,
        find: '    return viewMessage(await rewrite(ctx, room, seq, text));\n  });\n  await lookForRedFlags(ctx, edited);\n  return edited;',
        replace: '    return viewMessage(await rewrite(ctx, room, seq, text));\n  }',
      },
    ],
    fault: 'none',
    expect: ['changes hold', 'edits stay'],
  },
  'a retraction that nobody is told of': {
    edits: [
      {
        file: `${chat}/retract-message.ts`,
        find: '  ctx.afterCommit(() => ctx.bus.publish(messageRetracted, retraction, ctx.origin.trace));',
        replace: '  if (retraction.seq < 0) ctx.bus.publish(messageRetracted, retraction);',
      },
      {
        file: `${chat}/list-changes.ts`,
        find: '  return changeSeq === 0 ? {} : { changeSeq };',
        replace: '  return changeSeq >= 0 ? {} : { changeSeq };',
      },
    ],
    fault: 'none',
    expect: ['changes reach everybody'],
  },
  'earlier texts outlive a retraction': {
    edits: [
      {
        file: `${chat}/retract-message.ts`,
        find: '    await dropVersions(ctx, { roomId, seq });',
        replace: '    if (seq < 0) await dropVersions(ctx, { roomId, seq });',
      },
    ],
    fault: 'none',
    expect: ['changes hold'],
  },
  'a retraction that is not in the list': {
    edits: [
      {
        file: `${chat}/retract-message.ts`,
        find: '.set({ changeSeq }).where(thisMessage);',
        replace: '.set({ changeSeq: null }).where(thisMessage);',
      },
    ],
    fault: 'none',
    expect: ['changes are as stored'],
  },
} as const satisfies Record<string, Mutation>;
