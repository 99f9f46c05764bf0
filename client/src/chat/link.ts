import type { ClientFrame, closeCodes as contractCloseCodes, ServerFrame } from '@openward/contracts';
import { backoffMs } from '../backoff.ts';
import { OpenwardError } from '../error.ts';
import type { ListChanges } from './changes.ts';
import { Connection, type Down } from './connection.ts';

const closeCodes: Pick<typeof contractCloseCodes, 'tokenExpired' | 'sessionEnded'> = {
  tokenExpired: 4401,
  sessionEnded: 4403,
};

/** What the chat needs of the client around it. */
export type ChatHost = {
  /** The one that is spoken to now. `moveOn`: it does not answer, go on with the next one, where there are several. */
  server(): { socketUrl: URL; moveOn: () => void };
  listChanges: ListChanges;
  /** The browser sends its cookies along with the handshake. */
  readonly hasCookies: boolean;
  /** @throws OpenwardError; with status 401 or 403 there is no session. */
  issueTicket(signal: AbortSignal): Promise<string>;
  /** Epoch milliseconds at which the access token is to be renewed; null when that is unknown or not ours to do. */
  renewAt(): number | null;
  /** A token with life in it. */
  accessToken(): Promise<string | null>;
};

export type ChatState =
  | { readonly state: 'connecting' | 'open' }
  /** Cut off; the next try is made by itself. */
  | { readonly state: 'waiting'; readonly retryInMs: number }
  /** For good: `close()` was called (null), or there is no session any more. */
  | { readonly state: 'closed'; readonly error: OpenwardError | null };

export type LinkHandlers = {
  /** All frames but `ready`, which is handed over before the state becomes `open`. */
  readonly onFrame: (frame: ServerFrame) => void;
  readonly onState: (state: ChatState) => void;
};

const backoff = { baseMs: 500, capMs: 30_000 };

/** A connection that lived this long was a good one: the next failure is a first one again. */
const goodLifeMs = 10_000;

/** Keeps one connection to the chat up: opens it, opens it again, keeps its token fresh, until it is told to stop. */
export class Link {
  readonly #host: ChatHost;
  readonly #handlers: LinkHandlers;
  readonly #stop = new AbortController();
  #connection: Connection | null = null;
  #readyAt: number | null = null;
  #failures = 0;
  #needsTicket: boolean;
  #isAsking = false;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #renewTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: ChatHost, handlers: LinkHandlers) {
    this.#host = host;
    this.#handlers = handlers;
    this.#needsTicket = !host.hasCookies;
  }

  open(): void {
    this.#handlers.onState({ state: 'connecting' });
    void this.#connect();
  }

  send(frame: ClientFrame): void {
    this.#connection?.send(frame);
  }

  /** Gives up the connection there is, or the wait for the next try, and tries now. */
  reconnect(): void {
    if (this.#stop.signal.aborted || this.#isAsking) return;
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#renewTimer);
    this.#connection?.close();
    this.#connection = null;
    this.#readyAt = null;
    this.#failures = 0;
    // After a while without a network the session may have to be renewed first, which asking for a ticket does.
    this.#needsTicket = true;
    this.open();
  }

  /** Ends it for good. */
  close(error: OpenwardError | null): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#renewTimer);
    this.#connection?.close();
    this.#handlers.onState({ state: 'closed', error });
  }

  async #connect(): Promise<void> {
    this.#isAsking = true;
    try {
      const ticket = this.#needsTicket ? await this.#host.issueTicket(this.#stop.signal) : null;
      if (this.#stop.signal.aborted) return;
      // Only now: on the way to a ticket another server may have come in.
      const { socketUrl, moveOn } = this.#host.server();
      if (ticket !== null) socketUrl.searchParams.set('ticket', ticket);
      this.#connection = new Connection(socketUrl, {
        onFrame: (frame) => this.#receive(frame),
        onDown: (down) => {
          if (down.code !== closeCodes.tokenExpired && down.code !== closeCodes.sessionEnded) moveOn();
          this.#reconnect(down);
        },
      });
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      const failure =
        error instanceof OpenwardError ? error : new OpenwardError({ code: 'network', where: 'chat', cause: error });
      if (failure.isRefusal) this.close(failure);
      else this.#reconnect({ code: 1006, retryAfterMs: (failure.retryAfterS ?? 0) * 1000 });
    } finally {
      this.#isAsking = false;
    }
  }

  #receive(frame: ServerFrame): void {
    this.#handlers.onFrame(frame);
    if (frame.type !== 'ready') return;
    this.#readyAt = Date.now();
    this.#needsTicket = !this.#host.hasCookies;
    this.#scheduleRenewal();
    this.#handlers.onState({ state: 'open' });
  }

  #reconnect({ code, retryAfterMs }: Down): void {
    clearTimeout(this.#renewTimer);
    this.#connection = null;
    const wasGood = this.#readyAt !== null && Date.now() - this.#readyAt >= goodLifeMs;
    if (wasGood) this.#failures = 0;
    // A refused handshake does not say why; asking for a ticket does, and renews a session that ran out.
    if (this.#readyAt === null || code === closeCodes.tokenExpired || code === closeCodes.sessionEnded) {
      this.#needsTicket = true;
    }
    this.#readyAt = null;
    const retryInMs = retryAfterMs + backoffMs(this.#failures++, backoff);
    this.#retryTimer = setTimeout(() => this.open(), retryInMs);
    this.#handlers.onState({ state: 'waiting', retryInMs });
  }

  /** The server ends the socket when its token runs out; a newer token in time keeps it open. */
  #scheduleRenewal(): void {
    const renewAt = this.#host.renewAt();
    if (renewAt === null) return;
    this.#renewTimer = setTimeout(() => void this.#renew(), Math.max(0, renewAt - Date.now()));
  }

  async #renew(): Promise<void> {
    const connection = this.#connection;
    try {
      const accessToken = await this.#host.accessToken();
      if (accessToken === null || connection === null || connection !== this.#connection) return;
      connection.send({ type: 'refresh', accessToken });
      const renewAt = this.#host.renewAt();
      if (renewAt !== null && renewAt > Date.now()) this.#scheduleRenewal();
    } catch {
      // The socket then ends with its token, and the ticket for the next one says what is wrong.
    }
  }
}
