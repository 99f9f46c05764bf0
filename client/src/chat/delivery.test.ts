import type { ClientFrame, Message } from '@openward/contracts';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { connect, hurry } from '../../test/chat-client.ts';
import { me, messageOf, other, type Peer, room, startChatServer } from '../../test/chat-server.ts';

afterEach(() => void vi.restoreAllMocks());

/** What the server does with one frame: as it should, refuse it for now, commit but lose the connection before the ack, or lose it at once. */
type Fate = 'serve' | 'unavailable' | 'cut-after' | 'cut-before' | 'interrupt';

/** A room as the server keeps it, on a link that fails as `fates` say, and works once they are used up. */
function playServer(fates: Fate[]) {
  const log: Message[] = [];
  const append = (message: Partial<Message>) => {
    const committed = { ...messageOf(log.length + 1), ...message };
    log.push(committed);
    return committed;
  };
  /** @returns whether the connection is still there. */
  function serve(peer: Peer, frame: ClientFrame): boolean {
    const fate = fates.shift() ?? 'serve';
    if (fate === 'cut-before') return false;
    if (frame.type === 'resume') {
      const afterSeq = frame.rooms[0]?.afterSeq ?? 0;
      peer.say({ type: 'resumed', roomId: room, fromSeq: afterSeq + 1, toSeq: log.length });
      for (const { seq, ...rest } of log.slice(afterSeq)) peer.message(seq, rest);
    }
    if (frame.type === 'send' && fate === 'unavailable') {
      peer.say({ type: 'error', code: 'unavailable', detail: 'Away.', clientId: frame.clientId, retryAfterMs: 1 });
    } else if (frame.type === 'send') {
      const known = log.find(({ clientId }) => clientId === frame.clientId);
      const { clientId, seq } = known ?? append({ clientId: frame.clientId, text: frame.text, senderId: me });
      if (fate === 'cut-after') return false;
      if (fate === 'interrupt') {
        // Another member's message overtakes the ack.
        const theirs = append({ senderId: other });
        peer.message(theirs.seq, theirs);
      }
      peer.ack(clientId, seq, known !== undefined);
    }
    return true;
  }
  async function play(peer: Peer): Promise<void> {
    peer.ready({ roomId: room, headSeq: log.length, readSeq: 0 });
    for (;;) {
      const frame = await peer.hearAny();
      if (!serve(peer, frame)) {
        peer.cut();
        return;
      }
    }
  }
  return { log, play };
}

test('every message is committed once, in the order in which it was written, and delivered once, however link and server fail', async () => {
  hurry();
  const fate = fc.constantFrom<Fate>('serve', 'serve', 'unavailable', 'interrupt', 'cut-after', 'cut-before');
  await fc.assert(
    fc.asyncProperty(fc.array(fate, { maxLength: 20 }), async (fates) => {
      await using server = await startChatServer();
      const { log, play } = playServer([...fates]);
      const peers = (async () => {
        for (;;) void play(await server.accept());
      })();
      void peers;
      const { chat, seqs } = connect(server, { cursors: { [room]: 0 } });
      using _ = chat;
      const texts = Array.from({ length: 6 }, (_, index) => `Text ${index}`);
      const acks = await Promise.all(texts.map((text) => chat.send(room, text)));
      if (seqs.length < log.length)
        await chat.next('message', ({ seq }) => seq === log.length, AbortSignal.timeout(5000));
      const own = log.filter(({ senderId }) => senderId === me);
      expect(own.map(({ text }) => text)).toEqual(texts);
      expect(acks.map(({ seq }) => log[seq - 1]?.text)).toEqual(texts);
      expect(seqs).toEqual(log.map(({ seq }) => seq));
    }),
    { numRuns: 40 },
  );
});
