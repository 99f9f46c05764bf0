import { timingSafeEqual } from 'node:crypto';
import type { KeyRing } from '../crypto/key-ring.ts';
import { fingerprint, type RootKey } from '../crypto/seal.ts';

/** A value as it was read, with what it takes to tell whether it still may answer. Times are of the database's clock. */
export type Copy = {
  value: unknown;
  /** Every transaction below this number is contained in it. */
  horizon: number;
  /** After this it is read anew. */
  freshUntilMs: number;
  /** After this it answers no more. */
  goodUntilMs: number;
};

const format =
  /^(?<kid>[\w-]+)\.(?<mac>[\w-]{43})\.(?<head>(?<horizon>\d{1,15})\.(?<fresh>\d{1,15})\.(?<good>\d{1,15}))\./;

/** A copy as one line, under a MAC that binds it to its key: what others write into Redis, or move there, is nothing. */
export function sealCopy(root: RootKey, key: string, { value, horizon, freshUntilMs, goodUntilMs }: Copy): string {
  const body = `${horizon}.${Math.floor(freshUntilMs)}.${Math.floor(goodUntilMs)}.${JSON.stringify(value)}`;
  return `${root.kid}.${macOf(root, key, body).toString('base64url')}.${body}`;
}

/**
 * A line → the copy, if one of our keys sealed it for this place. A key that is not known may be so new that this node has not
 * read it yet: that is no sign of an attack.
 */
export function openCopy(keys: KeyRing['encryption'], key: string, line: string): Copy | 'forged' | 'unknown-key' {
  const found = format.exec(line);
  const { kid, mac, horizon, fresh, good } = found?.groups ?? {};
  if (found === null || kid === undefined || mac === undefined) return 'forged';
  const root = keys.find(kid);
  if (root === undefined) return 'unknown-key';
  const body = line.slice(kid.length + mac.length + 2);
  if (!timingSafeEqual(macOf(root, key, body), Buffer.from(mac, 'base64url'))) return 'forged';
  return {
    value: JSON.parse(line.slice(found[0].length)) as unknown,
    horizon: Number(horizon),
    freshUntilMs: Number(fresh),
    goodUntilMs: Number(good),
  };
}

function macOf(root: RootKey, key: string, body: string): Buffer {
  return fingerprint(root, { purpose: 'openward cache copies', place: key }, body);
}
