import type { Doctor, RatingReason } from '@openward/contracts';
import { LRUCache } from 'lru-cache';

// How ratings make a score stands in the database, in `weigh_ratings` (migration 0010_directory; the reasons in
// docs/decisions/0041-the-directory.md): whoever writes a rating, the score is renewed in the same transaction.

const yearMs = 365.25 * 86_400_000;
/** What is stored is the score as of this moment: an order by it is the order at any moment. */
const epochMs = Date.UTC(2026, 0, 1);
/** So much a score falls each year, from the newest rating on, or without one from the day that somebody joined. */
const fadePerYear = 0.25;
/** With fewer, how much is certain is what matters about a score. */
const manyPatients = 10;

/** What `sort=rating` sorts by, as it is now. */
export function scoreAt(stored: number, now: Date): number {
  return Math.max(0, stored - (fadePerYear * (now.getTime() - epochMs)) / yearMs);
}

/** The mean of all stars with two decimals, or null without a rating. */
export function averageOf({ ratingCount, ratingSum }: { ratingCount: number; ratingSum: number }): number | null {
  return ratingCount === 0 ? null : Math.round((ratingSum / ratingCount) * 100) / 100;
}

type Weighed = { ratingCount: number; ratingPatients: number; ratedAt: string | null };

/** What a score rests on. */
export function whyOf(weighed: Weighed, now: Date): NonNullable<Doctor['rating']['why']> {
  const { ratingCount: ratings, ratingPatients: patients, ratedAt: latestAt } = weighed;
  const code = reasonOf({ patients, latestAt }, now);
  const text = code === 'long-ago' ? textOf(code, weighed) : knownText(code, weighed);
  return { code, ratings, patients, latestAt, text };
}

/** Where it is not of a day, what is said follows from the two counts. Put together anew for each of twenty doctors, it was a twentieth of what a page takes. */
function knownText(code: RatingReason, weighed: Weighed): string {
  const key = weighed.ratingPatients * 2 ** 26 + weighed.ratingCount;
  let text = texts.get(key);
  if (text === undefined) {
    text = textOf(code, weighed);
    texts.set(key, text);
  }
  return text;
}

const texts = new LRUCache<number, string>({ max: 5000 });

function textOf(
  code: RatingReason,
  { ratingCount: ratings, ratingPatients: patients, ratedAt: latestAt }: Weighed,
): string {
  if (code === 'not-rated') return 'Nobody has rated yet. A score begins low and rises with good ratings.';
  const from = `From ${ratings} ${ratings === 1 ? 'rating' : 'ratings'} by ${patients} ${patients === 1 ? 'patient' : 'patients'}, given after a diagnosis`;
  switch (code) {
    case 'few-patients':
      return `${from}. With so few chance plays a part, so the score stays well below the average.`;
    case 'long-ago':
      return `${from}, the newest on ${latestAt?.slice(0, 10)}. Without newer ones the score falls by ${fadePerYear} a year.`;
    case 'many-patients':
      return `${from}. Each patient counts once, newer ratings count more, and many of one month less than the same over a year.`;
  }
}

function reasonOf({ patients, latestAt }: { patients: number; latestAt: string | null }, now: Date): RatingReason {
  if (latestAt === null) return 'not-rated';
  if (latestAt < yearBefore(now)) return 'long-ago';
  return patients < manyPatients ? 'few-patients' : 'many-patients';
}

let lastAsked = { nowMs: 0, yearBefore: '' };

/** For times that are of one form, and so in the order of their texts: to parse each costs a page more than all else that its ratings take. */
function yearBefore(now: Date): string {
  const nowMs = now.getTime();
  if (nowMs !== lastAsked.nowMs) lastAsked = { nowMs, yearBefore: new Date(nowMs - yearMs).toISOString() };
  return lastAsked.yearBefore;
}
