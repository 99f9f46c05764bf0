import type { Message } from '@openward/contracts';
import type { KeyRing } from '#platform/crypto/key-ring.ts';
import { seal, unseal } from '#platform/crypto/seal.ts';
import type { AppendedNews } from './topics.ts';

/** A message as it was committed: when its room had this version, and so many changes. */
export type Carried = { message: Message; version: number; changeSeq: number };

/** Another purpose with another shape: then nodes of two versions do not open what the other sealed, and read the database. */
const place = { purpose: 'openward carried messages 1', place: 'chat.messages-appended' };

/** What a message adds to an event, in characters at most. */
export function carriedChars(json: string): number {
  return Math.ceil((Buffer.byteLength(json) * 4) / 3) + 2;
}

/** Of the envelope: kid, iv and tag. */
export const sealChars = 100;

/**
 * Seals messages (each a {@link Carried} as JSON) for the other nodes of this installation: what carries events may be seen and written by others, and these are
 * about people's health.
 */
export function sealCarried(keys: KeyRing['encryption'], jsons: readonly string[]): string {
  const { current } = keys;
  return `${current.kid}.${seal(current, place, Buffer.from(`[${jsons.join()}]`)).toString('base64url')}`;
}

const kept = new WeakMap<AppendedNews, readonly Carried[]>();

/** For this node itself messages lie beside an event, not in it: what comes in one may be of anybody. */
export function keepCarried(news: AppendedNews, messages: readonly Carried[]): void {
  kept.set(news, messages);
}

/** The messages that came along with an event. */
export function carriedBy(keys: KeyRing['encryption'], news: AppendedNews): readonly Carried[] {
  return kept.get(news) ?? openCarried(keys, news.sealed);
}

/** @returns nothing for what was altered, made up, or sealed with a key that is not known here: its messages are read then. */
export function openCarried(keys: KeyRing['encryption'], sealed: unknown): Carried[] {
  if (typeof sealed !== 'string') return [];
  const end = sealed.lastIndexOf('.');
  const root = keys.find(sealed.slice(0, end));
  if (root === undefined) return [];
  try {
    return JSON.parse(unseal(root, place, Buffer.from(sealed.slice(end + 1), 'base64url')).toString());
  } catch {
    return [];
  }
}
