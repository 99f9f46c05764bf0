import { timingSafeEqual } from 'node:crypto';
import { type Role, roles } from '@openward/contracts';
import type { KeyRing } from '#platform/crypto/key-ring.ts';
import { fingerprint, type RootKey } from '#platform/crypto/seal.ts';

export type SessionPlace = { accountId: string; sessionId: string };

/** What a call needs to know of a session that is live. */
export type LiveSession = { role: Role; approved: boolean; hasFactor: boolean };

/** With the oldest transaction that its reading did not see, and until when it is good, by the database's clock. */
export type SessionCopy = LiveSession & { xmin: number; goodUntilMs: number };

const format = new RegExp(
  `^(?<kid>[\\w-]+)\\.(?<mac>[\\w-]{43})\\.(?<body>(?<role>${roles.join('|')})\\.(?<approved>[01])\\.(?<hasFactor>[01])\\.(?<xmin>\\d{1,15})\\.(?<goodUntilMs>\\d{1,15}))$`,
);

/** A copy as one line, under a MAC that binds it to its session: what others write into Redis, or move there, is nothing. */
export function sealCopy(root: RootKey, place: SessionPlace, copy: SessionCopy): string {
  const { role, approved, hasFactor, xmin, goodUntilMs } = copy;
  const body = [role, approved ? 1 : 0, hasFactor ? 1 : 0, xmin, goodUntilMs].join('.');
  return `${root.kid}.${macOf(root, place, body).toString('base64url')}.${body}`;
}

/**
 * A line → the copy, if one of our keys sealed it for this session. A key that is not known may be so new that this node has
 * not read it yet: that is no sign of an attack.
 */
export function openCopy(
  keys: KeyRing['encryption'],
  place: SessionPlace,
  line: string,
): SessionCopy | 'forged' | 'unknown-key' {
  const { kid, mac, body, role, approved, hasFactor, xmin, goodUntilMs } = format.exec(line)?.groups ?? {};
  const knownRole = roles.find((candidate) => candidate === role);
  if (kid === undefined || mac === undefined || body === undefined || knownRole === undefined) return 'forged';
  const root = keys.find(kid);
  if (root === undefined) return 'unknown-key';
  if (!timingSafeEqual(macOf(root, place, body), Buffer.from(mac, 'base64url'))) return 'forged';
  return {
    role: knownRole,
    approved: approved === '1',
    hasFactor: hasFactor === '1',
    xmin: Number(xmin),
    goodUntilMs: Number(goodUntilMs),
  };
}

function macOf(root: RootKey, { accountId, sessionId }: SessionPlace, body: string): Buffer {
  return fingerprint(root, { purpose: 'openward session copies', place: `${accountId}:${sessionId}` }, body);
}
