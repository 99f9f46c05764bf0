import { randomUUID } from 'node:crypto';
import { asc, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DatabaseProxy, startBehindProxy } from '../../../test/database-proxy.ts';
import { chatLayout, startTestServer, type TestServer } from '../../../test/harness.ts';
import { recordStatements } from '../../../test/statements.ts';
import { withParts } from '../../../test/with-parts.ts';
import type { Ctx } from '../../context.ts';
import type { RunningNode } from '../../start-node.ts';
import { type Appended, appendMessage, type Draft } from './append-message.ts';
import { messages, roomMembers, rooms } from './tables.ts';

let server: TestServer;
let proxied: { node: RunningNode; proxy: DatabaseProxy };
const distributed: Ctx[] = [];
beforeAll(async () => {
  server = await startTestServer();
  proxied = await startBehindProxy(server);
  for (const { ctx } of [await server.addNode({ roles: ['chat'] }), await server.addNode({ roles: ['chat'] })]) {
    distributed.push(withParts(ctx, { config: { ...ctx.config, chatDistributed: true } }));
  }
});
afterAll(async () => {
  await proxied.node.stop();
  await proxied.proxy.stop();
  await server.stop();
});

/** Rooms with the same members: accounts are no more than ids to the chat. */
async function makeRooms(count: number, memberCount = 4): Promise<{ roomIds: string[]; memberIds: string[] }> {
  const roomIds = Array.from({ length: count }, () => randomUUID());
  const memberIds = Array.from({ length: memberCount }, () => randomUUID());
  const { chatDb } = server.ctx;
  await chatDb.insert(rooms).values(roomIds.map((roomId) => ({ roomId, status: 'open' as const, requestVersion: 1 })));
  await chatDb
    .insert(roomMembers)
    .values(
      roomIds.flatMap((roomId) => memberIds.map((accountId) => ({ roomId, accountId, role: 'doctor' as const }))),
    );
  return { roomIds, memberIds };
}

/** What is written in one statement, which Citus does not take. */
const together = it.skipIf(chatLayout() === 'citus');

function draft(roomId: string, senderId: string, text = 'Good morning.'): Draft {
  return { roomId, senderId, clientId: randomUUID(), text };
}

function pick<T>(list: readonly T[]): T {
  const found = list[Math.floor(Math.random() * list.length)];
  if (found === undefined) throw new Error('There is nothing to pick from.');
  return found;
}

async function historyIn(roomId: string) {
  return server.ctx.chatDb.select().from(messages).where(eq(messages.roomId, roomId)).orderBy(asc(messages.seq));
}

function seqOf(result: Appended): number {
  if (!('message' in result)) throw new Error(result.outcome);
  return result.message.seq;
}

const ways = chatLayout() === 'citus' ? ['room by room'] : ['in one statement', 'room by room'];

describe.each(ways)('messages written together, %s', (way) => {
  const nodes = () => (way === 'room by room' ? distributed : [server.ctx, proxied.node.ctx]);
  const node = (): Ctx => pick(nodes());

  it('by two nodes into the same rooms, a hundred times: nobody waits for ever, all is dense, and each sender’s order is kept', {
    timeout: 60_000,
  }, async () => {
    const { roomIds, memberIds } = await makeRooms(8);
    const sent: Promise<{ draft: Draft; result: Appended }>[] = [];
    for (let trial = 0; trial < 100; trial += 1) {
      const burst = nodes().flatMap((ctx) =>
        Array.from({ length: 12 }, () => {
          // Whose membership is looked up, known, or known from a version that is over.
          const one = {
            ...draft(pick(roomIds), pick(memberIds), `${trial}`),
            ...pick([{}, { seenIn: 1 }, { seenIn: 0 }]),
          };
          // One in twenty is sent twice at once, at both nodes.
          const ways = Math.random() < 1 / 20 ? nodes() : [ctx];
          return ways.map(async (via) => ({ draft: one, result: await appendMessage(via, one) }));
        }).flat(),
      );
      sent.push(...burst);
      // The next burst comes while half of the last is being written.
      await Promise.all(burst.slice(0, 12));
    }
    const all = await Promise.all(sent);
    const byClientId = new Map<string, number>();
    for (const { draft: one, result } of all) {
      const seq = seqOf(result);
      expect(byClientId.get(one.clientId) ?? seq).toBe(seq);
      byClientId.set(one.clientId, seq);
    }
    let total = 0;
    for (const roomId of roomIds) {
      const history = await historyIn(roomId);
      total += history.length;
      expect(history.map(({ seq }) => seq)).toEqual(history.map((_, index) => index + 1));
      for (const { clientId, seq } of history) expect(byClientId.get(clientId)).toBe(seq);
    }
    expect(total).toBe(byClientId.size);
  });

  it('by one sender into one room keep the order in which they were sent', async () => {
    const { roomIds, memberIds } = await makeRooms(2, 1);
    const [ctx, senderId] = [node(), pick(memberIds)];
    const drafts = Array.from({ length: 200 }, (_, index) => draft(pick(roomIds), senderId, `${index}`));
    await Promise.all(drafts.map((one) => appendMessage(ctx, one)));
    for (const roomId of roomIds) {
      const texts = (await historyIn(roomId)).map(({ text }) => Number(text));
      expect(texts).toEqual(texts.toSorted((a, b) => a - b));
    }
  });

  it('do not suffer for one that is refused, or that the database does not take', async () => {
    const { roomIds, memberIds } = await makeRooms(5);
    const [closedId = '', ...open] = roomIds;
    await server.ctx.chatDb.update(rooms).set({ status: 'closed' }).where(eq(rooms.roomId, closedId));
    const ctx = node();
    const earlier = draft(pick(open), pick(memberIds));
    await appendMessage(ctx, earlier);
    const good = Array.from({ length: 40 }, () => draft(pick(open), pick(memberIds)));
    const bad = [
      draft(pick(open), randomUUID()),
      draft(closedId, pick(memberIds)),
      draft(randomUUID(), pick(memberIds)),
      { ...earlier, text: 'Something else.' },
      earlier,
    ];
    // PostgreSQL has no NUL in text: the whole statement fails for it.
    const poisoned = draft(pick(open), pick(memberIds), 'a\u0000b');
    for (const extra of [[], [poisoned]]) {
      const drafts = [...good.slice(0, 20), ...extra, ...bad, ...good.slice(20)];
      const results = await Promise.allSettled(drafts.map((one) => appendMessage(ctx, one)));
      const outcomes = results.map((result) => (result.status === 'fulfilled' ? result.value.outcome : 'failed'));
      const expected = extra.length === 0 ? 'written' : 'duplicate';
      expect(outcomes).toEqual([
        ...Array(20).fill(expected),
        ...extra.map(() => 'failed'),
        ...['not-a-member', 'room-closed', 'not-a-member', 'client-id-reused', 'duplicate'],
        ...Array(20).fill(expected),
      ]);
    }
    for (const roomId of open) {
      const seqs = (await historyIn(roomId)).map(({ seq }) => seq);
      expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    }
  });
});

describe('a group', () => {
  together('whose commit nobody heard of is an error to each sender; sent again, each is where it was', async () => {
    const { roomIds, memberIds } = await makeRooms(3);
    const { ctx } = proxied.node;
    for (let trial = 0; trial < 5; trial += 1) {
      const drafts = Array.from({ length: 20 }, () => draft(pick(roomIds), pick(memberIds)));
      proxied.proxy.loseAnswerTo('chat_append_group');
      const results = await Promise.allSettled(drafts.map((one) => appendMessage(ctx, one)));
      expect(results.map(({ status }) => status)).toEqual(Array(20).fill('rejected'));
      const written = new Map<string, number>();
      for (const roomId of roomIds) for (const { clientId, seq } of await historyIn(roomId)) written.set(clientId, seq);
      const again = await Promise.all(drafts.map((one) => appendMessage(ctx, one)));
      for (const [index, one] of drafts.entries()) {
        const result = again[index];
        if (result === undefined) throw new Error('There is no answer.');
        expect(result.outcome).toBe('duplicate');
        expect(seqOf(result)).toBe(written.get(one.clientId));
      }
    }
  });

  together('with some that are there already writes the others all the same, and together', async () => {
    const { roomIds, memberIds } = await makeRooms(4);
    const drafts = Array.from({ length: 40 }, () => draft(pick(roomIds), pick(memberIds)));
    const earlier = await Promise.all(drafts.slice(0, 5).map((one) => appendMessage(server.ctx, one)));
    const recorded = recordStatements(server.urls.chat);
    try {
      const results = await Promise.all(drafts.map((one) => appendMessage(server.ctx, one)));
      expect(results.map(({ outcome }) => outcome)).toEqual([
        ...Array(5).fill('duplicate'),
        ...Array(35).fill('written'),
      ]);
      expect(results.slice(0, 5).map(seqOf)).toEqual(earlier.map(seqOf));
      const names = recorded.names().filter((name) => /^chat_(append|find_there)/.test(name ?? ''));
      expect(names).toEqual(['chat_append_group', 'chat_find_there', 'chat_append_group']);
    } finally {
      recorded.stop();
    }
    for (const roomId of roomIds) {
      const seqs = (await historyIn(roomId)).map(({ seq }) => seq);
      expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    }
  });

  together(
    'of each of two nodes, of hundreds of messages for the same rooms: PostgreSQL lives through it',
    async () => {
      const { roomIds, memberIds } = await makeRooms(400, 1);
      const [memberId = ''] = memberIds;
      const write = async (ctx: Ctx) => {
        for (let round = 0; round < 60; round += 1) {
          const drafts = roomIds.filter(() => Math.random() < 0.5).map((roomId) => draft(roomId, memberId));
          const results = await Promise.all(drafts.map((one) => appendMessage(ctx, one)));
          expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['written']));
        }
      };
      await Promise.all([server.ctx, proxied.node.ctx].map(write));
    },
  );

  it('goes on without a room that somebody holds', async () => {
    const { roomIds, memberIds } = await makeRooms(3);
    const [heldId = '', ...free] = roomIds;
    const released = Promise.withResolvers<void>();
    const taken = Promise.withResolvers<void>();
    const holding = server.ctx.chatTx(async (ctx) => {
      await ctx.chatDb.execute(sql`SELECT FROM rooms WHERE room_id = ${heldId} FOR UPDATE`);
      taken.resolve();
      await released.promise;
    });
    await taken.promise;
    const held = appendMessage(server.ctx, draft(heldId, pick(memberIds))).catch(() => 'refused');
    const others = free.map((roomId) => appendMessage(server.ctx, draft(roomId, pick(memberIds))));
    expect((await Promise.all(others)).map(({ outcome }) => outcome)).toEqual(['written', 'written']);
    expect(await held).toBe('refused');
    released.resolve();
    await holding;
  });

  together('is one statement, of one message the plain one', async () => {
    const { roomIds, memberIds } = await makeRooms(4);
    const recorded = recordStatements(server.urls.chat);
    // Of writing: presence speaks to the same database, by the clock.
    const names = () => recorded.names().filter((name) => /^chat_(append|explain)/.test(name ?? ''));
    try {
      await appendMessage(server.ctx, draft(pick(roomIds), pick(memberIds)));
      expect(names()).toEqual(['chat_append_message']);
      await Promise.all(
        Array.from({ length: 50 }, () => appendMessage(server.ctx, draft(pick(roomIds), pick(memberIds)))),
      );
      expect(names()).toEqual(['chat_append_message', 'chat_append_group']);
    } finally {
      recorded.stop();
    }
  });
});
