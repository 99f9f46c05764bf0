import { randomBytes } from 'node:crypto';
import type { SpecialtyCode } from '@openward/contracts';
import type { Ctx } from '../src/context.ts';
import { createAccount, lockAccount } from '../src/modules/identity/index.ts';
import { markVerified } from '../src/modules/identity/links/verify-email.ts';
import { startSession } from '../src/modules/identity/sessions/start-session.ts';
import { type Api, createApi } from './http.ts';

/** Somebody with an account, verified and logged in, who can call. */
export type Person = {
  id: string;
  email: string;
  password: string;
  fullName: string;
  accessToken: string;
  refreshToken: string;
  sessionId: string;
  api: Api;
};

export type People = {
  patient(options?: { fullName?: string }): Promise<Person>;
  doctor(options?: {
    fullName?: string;
    specialty?: SpecialtyCode;
    approved?: boolean;
    country?: string;
    city?: string;
  }): Promise<Person>;
  admin(): Promise<Person>;
  /** One more session of somebody. */
  logIn(person: Person, url?: string): Promise<Person>;
};

export const goodPassword = 'seven quiet otters 42';

/** Fresh people for every test: no test sees another's. Made by the use cases, without the mails in between. */
export function createPeople(ctx: Ctx, url: string): People {
  const hash = ctx.passwords.hash(goodPassword);
  async function make(
    role: 'patient' | 'doctor' | 'admin',
    fullName: string,
    extra: object,
    approved = true,
  ): Promise<Person> {
    const email = `${role}.${randomBytes(6).toString('hex')}@example.org`;
    const passwordHash = await hash;
    const id = await ctx.tx(async (ctx) => {
      const id = await createAccount(ctx, {
        email,
        fullName,
        role,
        passwordHash,
        emailVerified: false,
        approved,
        ...extra,
      });
      await markVerified(ctx, id);
      return id;
    });
    return logIn({ id, email, password: goodPassword, fullName }, url);
  }
  async function logIn(person: Pick<Person, 'id' | 'email' | 'password' | 'fullName'>, at: string): Promise<Person> {
    const tokens = await ctx.tx(async (ctx) => startSession(ctx, await lockAccount(ctx, person.id)));
    return {
      ...person,
      accessToken: tokens.accessToken,
      refreshToken: tokens.refreshToken,
      sessionId: tokens.session.id,
      api: createApi(at, { authorization: `Bearer ${tokens.accessToken}` }),
    };
  }
  return {
    patient: ({ fullName = 'Pat Example' } = {}) => make('patient', fullName, {}),
    doctor: ({
      fullName = 'Doc Example',
      specialty = 'cardiology',
      approved = true,
      country = 'Portugal',
      city = 'Porto',
    } = {}) => make('doctor', fullName, { specialty, licenseNumber: 'L-1', address: { country, city } }, approved),
    admin: () => make('admin', 'Ada Admin', {}),
    logIn: (person, at = url) => logIn(person, at),
  };
}
