import { basePath, type Message } from '@openward/contracts';
import { sleep } from '../sleep.ts';
import type { Account, Pending, Place } from './place.ts';

const timeoutMs = 6000;

type Answer = { status: number; requestId: string | null; retryAfterMs: number; body: unknown };

/** One account over HTTP: every call is written down with its answer. A call that gets none has status 0. */
export class HttpClient {
  readonly device: string;
  readonly #account: Account;
  readonly #place: Place;

  constructor(device: string, account: Account, place: Place) {
    this.device = device;
    this.#account = account;
    this.#place = place;
  }

  /** Sends until it is acknowledged or refused for good, each try at the next node, always under the same clientId. */
  async sendUntilAcked(message: Pending, signal: AbortSignal): Promise<Message | null> {
    const { nodes, random } = this.#place;
    for (let turn = random.between(0, nodes.length - 1); !signal.aborted; turn += 1) {
      const { status, retryAfterMs, body } = await this.send(message, turn % nodes.length);
      if (status === 200 || status === 201) return body as Message;
      if (status !== 0 && status !== 429 && status < 500) return null;
      await sleep(Math.min(retryAfterMs, 500) + random.between(0, 100), signal);
    }
    return null;
  }

  /** Gives a message another text, until that has worked or is refused for good. @returns whether it has worked */
  async editUntilDone(
    { roomId, seq }: { roomId: string; seq: number },
    text: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { nodes, random, history } = this.#place;
    for (let turn = random.between(0, nodes.length - 1); !signal.aborted; turn += 1) {
      const { url } = this.#nodeAt(turn % nodes.length);
      const edit = { kind: 'edit', device: this.device, roomId, seq, text } as const;
      history.record({ ...edit, done: false });
      const { status, retryAfterMs } = await this.call(url, 'PATCH', `/rooms/${roomId}/messages/${seq}`, { text });
      if (status === 200) {
        history.record({ ...edit, done: true });
        return true;
      }
      if (status !== 0 && status !== 429 && status < 500) return false;
      await sleep(Math.min(retryAfterMs, 500) + random.between(0, 100), signal);
    }
    return false;
  }

  async send({ roomId, clientId, text }: Pending, nodeIndex: number): Promise<Answer> {
    const { accountId } = this.#account;
    const node = this.#nodeAt(nodeIndex);
    const { device } = this;
    this.#place.history.record({ kind: 'send', device, accountId, connection: null, roomId, clientId, text });
    const answer = await this.call(node.url, 'POST', `/rooms/${roomId}/messages`, { clientId, text });
    const { status, requestId, body } = answer;
    const messages = status === 200 || status === 201 ? [body as Message] : [];
    this.#place.history.record({
      ...{ kind: 'reply', call: 'send', device, accountId, node: node.name, roomId, status, requestId },
      ...{ clientId, messages, headSeq: null },
    });
    return answer;
  }

  /** Reads a page of what comes after a seq. @returns the messages, or null for anything but a 200. */
  async read(
    roomId: string,
    after: number,
    options: { nodeIndex: number; limit?: number; expects?: number; final?: boolean },
  ): Promise<Message[] | null> {
    const { nodeIndex, limit = 100, ...said } = options;
    const node = this.#nodeAt(nodeIndex);
    const path = `/rooms/${roomId}/messages?after=${after}&limit=${limit}`;
    const { status, requestId, body } = await this.call(node.url, 'GET', path);
    const page = status === 200 ? (body as { items: Message[]; headSeq: number }) : { items: [], headSeq: null };
    const { accountId } = this.#account;
    this.#place.history.record({
      ...{ kind: 'reply', call: 'read', device: this.device, accountId, node: node.name, roomId, status, requestId },
      ...{ after, ...said, messages: page.items, headSeq: page.headSeq },
    });
    return status === 200 ? page.items : null;
  }

  /** Any call of the API, not written down. */
  async call(url: string, method: string, path: string, content?: unknown): Promise<Answer> {
    const headers = { authorization: `Bearer ${this.#account.token}`, 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const reply = await fetch(url + basePath + path, {
        ...{ method, headers, signal },
        ...(content === undefined ? {} : { body: JSON.stringify(content) }),
      });
      const text = await reply.text();
      const body: unknown = text === '' ? null : JSON.parse(text);
      const retryAfterMs = Number(reply.headers.get('retry-after') ?? 0) * 1000;
      return { status: reply.status, requestId: reply.headers.get('x-request-id'), retryAfterMs, body };
    } catch {
      // Refused, broken or too late: the caller cannot know whether it was done.
      return { status: 0, requestId: null, retryAfterMs: 0, body: null };
    }
  }

  #nodeAt(index: number): { name: string; url: string } {
    const node = this.#place.nodes[index];
    if (node === undefined) throw new Error(`There is no node ${index}.`);
    return node;
  }
}
