import { sleep } from '../sleep.ts';
import { listChanges, markRead, search, tryChange } from './changes.ts';
import type { Changing } from './changing.ts';
import { download, uploadUntilDone } from './files.ts';
import type { HttpClient } from './http-client.ts';
import { type Place, writeMessage } from './place.ts';
import type { SocketClient } from './socket-client.ts';

/** Keeps clients talking, each at its own pace, until it is told to hush. */
export class Talk {
  readonly #place: Place;
  readonly #hushed = new AbortController();
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>[] = [];

  constructor(place: Place) {
    this.#place = place;
  }

  /** `window`: so many messages may wait for their ack. */
  over(client: SocketClient, { rooms, window, everyMs }: { rooms: string[]; window: number; everyMs: number }): void {
    const { random } = this.#place;
    let written = 0;
    this.#every(everyMs, async () => {
      // Several at once, so that order is something to keep.
      for (let left = random.between(1, window); left > 0; left -= 1) {
        if (client.turnedAway || client.outbox.size >= window) return;
        written += 1;
        client.send(writeMessage(client.device, written, random.pick(rooms)));
      }
    });
  }

  /** Until what is under way is given up. */
  get signal(): AbortSignal {
    return this.#stopped.signal;
  }

  /** One after the other, each until its ack; some with a file, some changed afterwards. */
  overHttp(client: HttpClient, rooms: string[], everyMs: number, changing: Changing): void {
    const { random } = this.#place;
    this.#every(everyMs, async (count) => {
      const message = writeMessage(client.device, count, random.pick(rooms));
      const { roomId } = message;
      const attachmentId = random.chance(0.3) ? await uploadUntilDone(client, roomId, this.signal) : null;
      const files = attachmentId === null ? {} : { attachmentIds: [attachmentId] };
      const sent = await client.sendUntilAcked({ ...message, ...files }, this.signal);
      if (sent === null) return;
      if (attachmentId !== null) await changing.shareFile(client, { roomId, attachmentId });
      if (random.chance(attachmentId === null ? 0.3 : 0.7)) await changing.change(client, sent);
    });
  }

  /** Something that a client does beside all else, and that is waited for in the end. */
  beside(act: Promise<void>): void {
    this.#running.push(act);
  }

  /** Sends each message three times at once, by way of every node, as somebody does who does not wait: twins, in one group and in two. */
  twins(client: HttpClient, rooms: string[], everyMs: number): void {
    const { random, nodes } = this.#place;
    let written = 0;
    this.#every(everyMs, async () => {
      const burst = Array.from({ length: 4 }, () => {
        written += 1;
        return writeMessage(`${client.device}-twins`, written, random.pick(rooms));
      });
      const sent = burst.map(async (message) => {
        const answers = await Promise.all([0, 1, 1].map((index) => client.send(message, index % nodes.length)));
        const isOver = answers.some(({ status }) => status === 200 || status === 201);
        if (!isOver) await client.sendUntilAcked(message, this.#stopped.signal);
      });
      await Promise.all(sent);
    });
  }

  /** Leaves its node for the other now and then. */
  wander(client: SocketClient): void {
    this.#every(1500, async () => client.drop());
  }

  /** Says at any node how far somebody has read, as devices do that know of each other's reading late: further, and less far. */
  reads(http: HttpClient, { inbox }: SocketClient, rooms: string[], everyMs: number): void {
    const { random, nodes } = this.#place;
    this.#every(everyMs, async () => {
      const roomId = random.pick(rooms);
      const cursor = inbox.cursor(roomId);
      if (cursor > 0)
        await markRead(http, { roomId, seq: random.between(1, cursor) }, random.between(0, nodes.length - 1));
    });
  }

  /** Asks in every way for rooms that are not hers. */
  intrude(socket: SocketClient, http: HttpClient, rooms: string[]): void {
    const { random, nodes, files } = this.#place;
    this.#every(300, async (count) => {
      const roomId = random.pick(rooms);
      const clientId = `eve-${count}`;
      socket.frame({ type: 'resume', rooms: [{ roomId, afterSeq: 0 }] });
      socket.frame({ type: 'send', roomId, clientId, text: 'Let me in.' });
      socket.frame({ type: 'typing', roomId });
      const nodeIndex = random.between(0, nodes.length - 1);
      await http.read(roomId, 0, { nodeIndex });
      await http.send({ roomId, clientId: `eve-http-${count}`, text: 'Let me in.' }, nodeIndex);
      await [
        () => listChanges(http, roomId, 0, { nodeIndex }),
        () => search(http, roomId, 'hello', nodeIndex),
        () => tryChange(http, { roomId, seq: 1 }, null, nodeIndex),
        () => tryChange(http, { roomId, seq: 1 }, 'It was me.', nodeIndex),
      ][count % 4]?.();
      if (files.length > 0) await download(http, random.pick(files), { nodeIndex });
    });
  }

  hush(): void {
    this.#hushed.abort();
  }

  /** What has no ack yet is given up. */
  stop(): void {
    this.#hushed.abort();
    this.#stopped.abort();
  }

  async quiet(): Promise<void> {
    // What is done beside may begin while this waits.
    for (let known = 0; known < this.#running.length; ) {
      known = this.#running.length;
      await Promise.all(this.#running);
    }
  }

  #every(ms: number, act: (count: number) => Promise<void>): void {
    const run = async () => {
      for (let count = 1; !this.#hushed.signal.aborted; count += 1) {
        await act(count);
        await sleep(this.#place.random.between(ms / 2, ms * 1.5), this.#hushed.signal);
      }
    };
    this.#running.push(run());
  }
}
