import { Secret, TOTP } from 'otpauth';
import type { Clock } from '../src/platform/clock.ts';
import type { Person } from './factories.ts';

const stepMs = 30_000;

/** A clock that can be put forward, so that a test need not wait for the next code. */
export class TestClock implements Clock {
  #aheadMs = 0;

  now(): Date {
    return new Date(Date.now() + this.#aheadMs);
  }

  putForward(ms: number): void {
    this.#aheadMs += ms;
  }

  /** To where a code begins to be shown: what looks at several steps is not to meet the end of one. */
  toNextStep(): void {
    this.putForward(stepMs - (this.now().getTime() % stepMs));
  }
}

/** What somebody has on the phone and on paper. */
export class Authenticator {
  readonly #clock: TestClock;
  readonly #totp: TOTP;
  recoveryCodes: string[] = [];

  constructor(secret: string, clock: TestClock) {
    this.#clock = clock;
    this.#totp = new TOTP({ secret: Secret.fromBase32(secret) });
  }

  /** The code of so many steps from now. */
  code(steps = 0): string {
    return this.#totp.generate({ timestamp: this.#clock.now().getTime() + steps * stepMs });
  }

  /** A code that was not used yet: waits for it by putting the clock forward. */
  next(): string {
    this.#clock.putForward(stepMs);
    return this.code();
  }

  /** One that is neither of now nor of the steps beside it. */
  wrong(): string {
    const near = [-2, -1, 0, 1, 2].map((steps) => this.code(steps));
    return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !near.includes(code)) ?? '';
  }
}

/** Turns the second factor on, as its owner does. */
export async function enableTotp({ api }: Pick<Person, 'api'>, clock: TestClock): Promise<Authenticator> {
  const authenticator = new Authenticator((await api('POST', '/auth/mfa/totp')).body.secret, clock);
  const { status, body } = await api('POST', '/auth/mfa/totp/confirm', { code: authenticator.code() });
  if (status !== 200) throw new Error(`The second factor was not confirmed: ${JSON.stringify(body)}`);
  authenticator.recoveryCodes = body.recoveryCodes;
  return authenticator;
}
