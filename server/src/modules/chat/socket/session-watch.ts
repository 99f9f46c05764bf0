import { findLiveSessions } from '#server/modules/identity/index.ts';
import type { ChatNode, Connection } from './connection.ts';

/** A look that has no answer for so long is taken for one that failed. */
const patienceMs = 2000;
/** So many looks in a row that failed, a second apart, and nobody is believed any more: one may fail by itself. */
const failuresToDoubt = 2;

/**
 * Looks by the clock which sessions of the open sockets go on, whatever the bus says. While that cannot be known, as with the main database away,
 * sockets stay, no message goes to them and none is taken from them: whose session has ended elsewhere is not to read on (closed, not open).
 */
export class SessionWatch {
  readonly #node: ChatNode;
  #looking = false;
  #failures = 0;

  constructor(node: ChatNode) {
    this.#node = node;
  }

  /** About once a second. */
  async tick(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    let isUnanswered = true;
    const { connections } = this.#node;
    // After what has come from the network meanwhile: this process may be what was late.
    const lookAgain = () => setImmediate(() => isUnanswered && connections.doubtAll());
    const patience = setTimeout(lookAgain, patienceMs).unref();
    try {
      await this.#look([...connections]);
      this.#failures = 0;
      connections.trustAll();
    } catch (error) {
      this.#note(error);
      this.#failures += 1;
      if (this.#failures >= failuresToDoubt) connections.doubtAll();
    } finally {
      clearTimeout(patience);
      isUnanswered = false;
      this.#looking = false;
    }
  }

  /** Of some whose sessions may be over: at once, and once more with the next tick should it fail. */
  lookSoon(doubted: readonly Connection[]): void {
    this.#look(doubted).catch((error: unknown) => this.#note(error));
  }

  #note(error: unknown): void {
    this.#node.ctx.log.debug({ err: error }, 'sessions of sockets could not be looked at');
  }

  /** Ends the sockets whose session is over, and starts those over whose account was approved or is no longer. @throws the driver's error. */
  async #look(open: readonly Connection[]): Promise<void> {
    if (open.length === 0) return;
    const { ctx, connections } = this.#node;
    const asked = open.map((connection) => {
      return { connection, sessionId: connection.sessionId, doubt: connections.doubtOf(connection) };
    });
    const live = await findLiveSessions(ctx, [...new Set(asked.map(({ sessionId }) => sessionId))]);
    const renewed: Connection[] = [];
    for (const { connection, sessionId, doubt } of asked) {
      const session = live.get(sessionId);
      // A `refresh` came in between: of its session nothing was asked.
      if (connection.sessionId !== sessionId) renewed.push(connection);
      else if (session === undefined) connection.endSession();
      else if (session.approved !== connection.approved) connection.startOver();
      else connections.trust(connection, doubt);
    }
    await this.#look(renewed);
  }
}
