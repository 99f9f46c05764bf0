import { basePath, type Message } from '@openward/contracts';
import { History } from '../history.ts';
import { sleep } from '../sleep.ts';
import type { Account, Pending, Place } from './place.ts';

const defaultTimeoutMs = 6000;

export type Answer = { status: number; requestId: string | null; retryAfterMs: number; body: unknown };
/** `failure`: why there was no answer. */
type RawAnswer = { status: number; headers: Headers; bytes: Buffer; failure: string | null };
type Content = { type: string; bytes: Buffer };

/** One account over HTTP: every call is written down with its answer. A call that gets none has status 0. */
export class HttpClient {
  readonly device: string;
  readonly place: Place;
  readonly #account: Account;
  readonly #timeoutMs: number;

  constructor(device: string, account: Account, place: Place, { timeoutMs = defaultTimeoutMs } = {}) {
    this.device = device;
    this.#account = account;
    this.place = place;
    this.#timeoutMs = timeoutMs;
  }

  /** How this client is named in what it writes down. */
  get who(): { device: string; accountId: string } {
    return { device: this.device, accountId: this.#account.accountId };
  }

  /** Sends until it is acknowledged or refused for good, always under the same clientId. */
  async sendUntilAcked(message: Pending, signal: AbortSignal): Promise<Message | null> {
    const answer = await this.insist((nodeIndex) => this.send(message, nodeIndex), signal);
    return answer === null ? null : (answer.body as Message);
  }

  /** Tries until it has worked, each time at the next node. @returns null when it was refused for good, or is to be given up. */
  async insist(attempt: (nodeIndex: number) => Promise<Answer>, signal: AbortSignal): Promise<Answer | null> {
    const { nodes, random } = this.place;
    for (let turn = random.between(0, nodes.length - 1); !signal.aborted; turn += 1) {
      const answer = await attempt(turn % nodes.length);
      const { status, retryAfterMs } = answer;
      if (status >= 200 && status < 300) return answer;
      if (status !== 0 && status !== 429 && status < 500) return null;
      await sleep(Math.min(retryAfterMs, 500) + random.between(0, 100), signal);
    }
    return null;
  }

  async send({ roomId, clientId, text, attachmentIds }: Pending, nodeIndex: number): Promise<Answer> {
    const { history } = this.place;
    const node = this.nodeAt(nodeIndex);
    const files = attachmentIds === undefined ? {} : { attachmentIds };
    history.record({ kind: 'send', ...this.who, connection: null, roomId, clientId, text, ...files });
    const askedAt = History.nowMs();
    const content = { clientId, text, ...files };
    const answer = await this.call(node.url, 'POST', `/rooms/${roomId}/messages`, content);
    const { status, requestId, body } = answer;
    const messages = status === 200 || status === 201 ? [body as Message] : [];
    history.record({
      ...{ kind: 'reply', call: 'send', ...this.who, node: node.name, roomId, askedAt, status, requestId },
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
    const node = this.nodeAt(nodeIndex);
    const askedAt = History.nowMs();
    const path = `/rooms/${roomId}/messages?after=${after}&limit=${limit}`;
    const { status, requestId, body } = await this.call(node.url, 'GET', path);
    const page = status === 200 ? (body as { items: Message[]; headSeq: number }) : { items: [], headSeq: null };
    this.place.history.record({
      ...{ kind: 'reply', call: 'read', ...this.who, node: node.name, roomId, askedAt, status, requestId },
      ...{ after, ...said, messages: page.items, headSeq: page.headSeq },
    });
    return status === 200 ? page.items : null;
  }

  /** Any call of the API, not written down. */
  async call(url: string, method: string, path: string, content?: unknown): Promise<Answer> {
    const json = { type: 'application/json', bytes: Buffer.from(JSON.stringify(content ?? null)) };
    const given = content === undefined ? undefined : json;
    const { status, headers, bytes, failure } = await this.callRaw(url, method, path, given);
    const body: unknown = bytes.length === 0 ? failure : JSON.parse(bytes.toString());
    const retryAfterMs = Number(headers.get('retry-after') ?? 0) * 1000;
    return { status, requestId: headers.get('x-request-id'), retryAfterMs, body };
  }

  /** The same with bytes in and out. */
  async callRaw(url: string, method: string, path: string, content?: Content): Promise<RawAnswer> {
    for (;;) {
      const answer = await this.#ask(url, method, path, content);
      const isPatient = method === 'GET' && performance.now() < (this.place.patientUntilMs ?? 0);
      if (answer.status !== 503 || !isPatient) return answer;
      await sleep(300);
    }
  }

  async #ask(url: string, method: string, path: string, content?: Content): Promise<RawAnswer> {
    const authorization = `Bearer ${this.#account.token}`;
    const signal = AbortSignal.timeout(this.#timeoutMs);
    try {
      const reply = await fetch(url + basePath + path, {
        ...{ method, signal, headers: { authorization, 'content-type': content?.type ?? 'application/json' } },
        ...(content === undefined ? {} : { body: new Uint8Array(content.bytes) }),
      });
      const bytes = Buffer.from(await reply.arrayBuffer());
      return { status: reply.status, headers: reply.headers, bytes, failure: null };
    } catch (error) {
      // Refused, broken or too late: the caller cannot know whether it was done.
      const failure = error instanceof Error ? `${error.message} ${error.cause ?? ''}` : String(error);
      return { status: 0, headers: new Headers(), bytes: Buffer.alloc(0), failure };
    }
  }

  nodeAt(index: number): { name: string; url: string } {
    const node = this.place.nodes[index];
    if (node === undefined) throw new Error(`There is no node ${index}.`);
    return node;
  }
}
