import { changeUntilDone, listChanges, listVersions, type MessagePlace, search } from './changes.ts';
import { askForLink, openLink, type SentFile } from './files.ts';
import type { HttpClient } from './http-client.ts';
import type { Talk } from './talk.ts';

/** The message with the clientId that each of its texts begins with. */
type Sent = MessagePlace & { clientId: string };

/**
 * Senders who change their mind: another text, some a second time, or the message taken back. Once that is acknowledged, members look
 * in every way that there is, at any node.
 */
export class Changing {
  readonly #talk: Talk;
  /** Of each room, who may read it at any time. */
  readonly #readers: ReadonlyMap<string, HttpClient[]>;
  readonly #stranger: HttpClient;

  constructor(talk: Talk, readers: ReadonlyMap<string, HttpClient[]>, stranger: HttpClient) {
    this.#talk = talk;
    this.#readers = readers;
    this.#stranger = stranger;
  }

  async change(client: HttpClient, sent: Sent): Promise<void> {
    const { random } = client.place;
    const { signal } = this.#talk;
    const plan = random.pick(['edit', 'edit twice', 'retract', 'edit and retract']);
    if (plan !== 'retract') await changeUntilDone(client, sent, `${sent.clientId} or rather so.`, signal);
    if (plan === 'edit twice') await changeUntilDone(client, sent, `${sent.clientId} or better so.`, signal);
    if (plan.endsWith('retract') && !(await changeUntilDone(client, sent, null, signal))) return;
    await this.#look(client, sent);
  }

  /** The same while the sender goes on. */
  later(client: HttpClient, sent: Sent): void {
    this.#talk.beside(this.change(client, sent));
  }

  /** A member opens a file that was sent, and a stranger gets hold of the link. */
  async shareFile(client: HttpClient, file: SentFile): Promise<void> {
    const { random, nodes, files } = client.place;
    files.push(file);
    const nodeIndex = random.between(0, nodes.length - 1);
    const link = await askForLink(this.#readerOf(client, file.roomId), file, { nodeIndex });
    if (link === null) return;
    await openLink(this.#readerOf(client, file.roomId), link, { nodeIndex });
    await openLink(this.#stranger, link, { nodeIndex });
  }

  async #look(client: HttpClient, sent: Sent): Promise<void> {
    const { random, nodes } = client.place;
    const { roomId, seq, clientId } = sent;
    const reader = this.#readerOf(client, roomId);
    const nodeIndex = random.between(0, nodes.length - 1);
    await Promise.all([
      reader.read(roomId, seq - 1, { nodeIndex, limit: 1 }),
      search(reader, roomId, clientId, nodeIndex),
      listVersions(reader, sent, nodeIndex),
      listChanges(reader, roomId, 0, { nodeIndex }),
    ]);
  }

  #readerOf(client: HttpClient, roomId: string): HttpClient {
    return client.place.random.pick(this.#readers.get(roomId) ?? [client]);
  }
}
