import type { Urgency } from '@openward/contracts';
import { createMatcher } from './match.ts';
import { type RuleId, rules, type Words } from './rules.ts';
import { german } from './words-de.ts';
import { english } from './words-en.ts';
import { spanish } from './words-es.ts';

export type FoundFlag = { rule: RuleId; version: number };

const languages: Record<'en' | 'es' | 'de', Words> = { en: english, es: spanish, de: german };
/** Of all languages at once: the words of a line stand together, so that none is completed by a word of another language. */
const match = createMatcher(Object.values(languages).flatMap((words) => Object.entries(words) as [RuleId, string[]][]));

/** The rules that find something in a text, whatever its language. Quick enough for each message: some microseconds a line. */
export function findRedFlags(text: string): FoundFlag[] {
  return match(text).map((rule) => ({ rule, version: rules[rule].version }));
}

const order: readonly Urgency[] = ['routine', 'urgent', 'emergency'];

/** The higher of what the patient said and what the flags say. */
export function urgencyWith(urgency: Urgency, flags: readonly { rule: string }[]): Urgency {
  const ranks = flags.map(({ rule }) => (isRule(rule) ? order.indexOf(rules[rule].urgency) : 0));
  return order[Math.max(order.indexOf(urgency), ...ranks)] ?? urgency;
}

/** One of a newer version may be unknown here. */
export function isRule(rule: string): rule is RuleId {
  return Object.hasOwn(rules, rule);
}
