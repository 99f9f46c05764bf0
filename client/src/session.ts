import { OpenwardError } from './error.ts';
import { inTurn, turnsOf } from './in-turn.ts';
import type { Reply } from './routes.ts';

/** What a bearer client remembers of its session. Keep it where only the account's owner can read it. */
export type Tokens = {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Epoch milliseconds from which on the access token is renewed before it is used. Absent: when the server asks. */
  readonly renewAt?: number;
};

export type SessionOptions = {
  readonly kind: 'bearer' | 'cookies';
  readonly tokens?: Tokens | undefined;
  readonly onTokens?: ((tokens: Tokens | null) => void) | undefined;
  readonly onSessionEnd?: ((error: OpenwardError) => void) | undefined;
  /** POST /auth/refresh, without credentials of this session in its headers. */
  readonly refresh: (input: { refreshToken?: string }) => Promise<Reply<'refresh'>>;
};

/** What a call carries. `generation` and `turn` tell whether the session has been renewed since, here or in another tab. */
export type Pass = {
  readonly generation: number;
  readonly turn: number;
  readonly headers: Readonly<Record<string, string>>;
};

/** An access token is renewed after this part of its life, so that clocks and slow networks do not matter. */
const renewAfterPart = 0.8;

/** The renewals of the tabs of a browser. */
const turns = 'openward-refresh';

/** Who one is to the server: keeps the tokens (or knows that cookies do) and renews them, one renewal at a time. */
export class Session {
  readonly #options: SessionOptions;
  #tokens: Tokens | null;
  /** Something is there to be ended: tokens, or cookies that have worked. */
  #isLive: boolean;
  #generation = 0;
  #renewal: Promise<void> | null = null;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#tokens = options.tokens ?? null;
    this.#isLive = this.#tokens !== null;
  }

  get tokens(): Tokens | null {
    return this.#tokens;
  }

  /** The headers for a call, renewed first when it is time. @throws OpenwardError when the session turns out to be over. */
  async pass(): Promise<Pass> {
    if (this.#tokens?.renewAt !== undefined && this.#tokens.renewAt <= Date.now()) {
      await this.renew().catch((error: unknown) => {
        // The old token may still have some life in it; if not, the server will say so.
        if (!(error instanceof OpenwardError && error.isTransient)) throw error;
      });
    }
    const headers: Record<string, string> =
      this.#tokens === null ? {} : { authorization: `Bearer ${this.#tokens.accessToken}` };
    return { generation: this.#generation, turn: turnsOf(turns), headers };
  }

  /** After a failed call: is it worth trying once more with a new pass? @throws OpenwardError when renewing fails. */
  async recover(used: Pass, error: unknown): Promise<boolean> {
    if (!(error instanceof OpenwardError)) return false;
    const isCurrent = used.generation === this.#generation;
    if (error.code === 'unauthenticated') {
      if (this.#options.kind === 'bearer' && this.#tokens === null) return false;
      if (isCurrent) await this.renew(used.turn);
      return true;
    }
    if (isCurrent && (error.code === 'session-ended' || error.code === 'account-banned')) this.#end(error);
    return false;
  }

  /** A login, or the renewal of one. */
  begin(reply: Reply<'refresh'>): void {
    this.#generation++;
    this.#isLive = true;
    if (this.#options.kind === 'cookies') return;
    const { accessToken, refreshToken, expiresInS } = reply;
    if (accessToken === undefined || refreshToken === undefined) {
      throw new OpenwardError({ code: 'unexpected-reply', detail: 'The reply holds no tokens.' });
    }
    const renewAt = expiresInS === undefined ? {} : { renewAt: Date.now() + expiresInS * 1000 * renewAfterPart };
    this.#tokens = { accessToken, refreshToken, ...renewAt };
    this.#options.onTokens?.(this.#tokens);
  }

  /** Cookies that this client did not set itself have turned out to work. */
  confirm(): void {
    this.#isLive = true;
  }

  /** Forgets the session without a word to `onSessionEnd`: the caller wanted it so. */
  forget(): void {
    this.#generation++;
    this.#isLive = false;
    if (this.#tokens === null) return;
    this.#tokens = null;
    this.#options.onTokens?.(null);
  }

  /** Exchanges the refresh token now; whoever asks meanwhile waits for the same exchange. @throws OpenwardError */
  renew(seen = turnsOf(turns)): Promise<void> {
    this.#renewal ??= this.#renewOnce(seen).finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  /** Cookies are one pair for all tabs: the first tab renews them, and those that waited for it have them too. */
  async #renewOnce(seen: number): Promise<void> {
    if (this.#options.kind === 'bearer') return this.#exchange();
    const isRenewed = await inTurn(turns, seen, () => this.#exchange());
    if (isRenewed) return;
    this.#generation++;
    this.#isLive = true;
  }

  async #exchange(): Promise<void> {
    const generation = this.#generation;
    const token = this.#tokens?.refreshToken;
    try {
      const reply = await this.#options.refresh(token === undefined ? {} : { refreshToken: token });
      // Another login may have come between; then the answer is about a session that nobody wants any more.
      if (generation === this.#generation) this.begin(reply);
    } catch (error) {
      const isRefused = error instanceof OpenwardError && error.isRefusal;
      if (isRefused && generation === this.#generation) this.#end(error);
      throw error;
    }
  }

  #end(error: OpenwardError): void {
    const wasLive = this.#isLive;
    this.forget();
    if (wasLive) this.#options.onSessionEnd?.(error);
  }
}
