import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type { Db } from '#platform/database/connect.ts';
import { prepared } from '#platform/database/prepared.ts';
import type { Config } from '#server/config.ts';
import { sessionsPerAccount } from '#server/limits.ts';
import { knownDevices, sessions } from '../tables.ts';
import { deviceMemoryDays } from './remember-device.ts';
import { nextExpiry } from './session-life.ts';

export type Opening = {
  id: string;
  accountId: string;
  ip: string | null;
  userAgent: string | null;
  /** As people read it; and the part of the internet that it is in, null for what came from none. */
  device: string;
  network: string | null;
  refresh: { jti: string; issuedAt: Date; kids: { signing: string; encryption: string } };
};

export type Opened = {
  createdAt: string;
  expiresAt: string;
  /** The account has logged in before, and from elsewhere. */
  isNewPlace: boolean;
  /** Those that were seen longest ago, of more than an account may have. */
  surplus: string[];
};

/**
 * Writes a session down, its refresh token and from where it was opened, in one statement: each of its own would take the server as long again. All
 * that it reads is as it was before. Under the account's lock, so that of many logins at once one is the first.
 */
export async function openSession(
  db: Db,
  { refresh, ...opening }: Opening,
  { idleDays, maxDays }: Config['sessions'],
): Promise<Opened> {
  const { jti, issuedAt, kids } = refresh;
  const [opened] = await statement(db).execute({
    ...opening,
    ...{ jti, issuedAt: issuedAt.toISOString(), signingKid: kids.signing, encryptionKid: kids.encryption },
    ...{ idleDays, maxDays },
  });
  if (opened === undefined) throw new Error('The session was not stored.');
  return opened;
}

const place = sql.placeholder;

const statement = prepared((db) => {
  const known = db.$with('known').as(
    db
      .select({ device: knownDevices.device, network: knownDevices.network })
      .from(knownDevices)
      .where(
        and(
          eq(knownDevices.accountId, place('accountId')),
          sql`${knownDevices.lastSeenAt} > now() - make_interval(days => ${sql.raw(String(deviceMemoryDays))})`,
        ),
      ),
  );
  const opened = db.$with('opened').as(
    db
      .insert(sessions)
      .values({
        id: place('id'),
        accountId: place('accountId'),
        expiresAt: nextExpiry({ idleDays: place('idleDays'), maxDays: place('maxDays') }, sql`now()`),
        ip: place('ip'),
        userAgent: place('userAgent'),
      })
      .returning({ createdAt: sessions.createdAt, expiresAt: sessions.expiresAt }),
  );
  const minted = db.$with('minted', {}).as(
    sql`INSERT INTO refresh_tokens (jti, session_id, issued_at, signing_kid, encryption_kid)
      VALUES (${place('jti')}, ${place('id')}, ${place('issuedAt')}, ${place('signingKid')}, ${place('encryptionKid')})`,
  );
  const seen = db.$with('seen', {}).as(
    sql`INSERT INTO known_devices (account_id, device, network)
      SELECT ${place('accountId')}::uuid, ${place('device')}, ${place('network')} WHERE ${place('network')}::text IS NOT NULL
      ON CONFLICT (account_id, device, network) DO UPDATE SET last_seen_at = now()`,
  );
  return db
    .with(known, opened, minted, seen)
    .select({
      createdAt: opened.createdAt,
      expiresAt: opened.expiresAt,
      isNewPlace: sql<boolean>`${place('network')}::text IS NOT NULL AND EXISTS (SELECT FROM known) AND NOT EXISTS (
        SELECT FROM known WHERE device = ${place('device')} AND network = ${place('network')})`,
      surplus: sql<string[]>`ARRAY(${surplusOf(db)})`,
    })
    .from(opened)
    .prepare('open_session');
});

/** The new one is not among them, and has its place. */
function surplusOf(db: Db) {
  return db
    .select({ id: sessions.id })
    .from(sessions)
    .where(
      and(eq(sessions.accountId, place('accountId')), isNull(sessions.endedAt), sql`${sessions.expiresAt} > now()`),
    )
    .orderBy(desc(sessions.lastSeenAt), desc(sessions.id))
    .offset(sessionsPerAccount - 1);
}
